import NIOHTTP1
import NIOPosix
import NIOSSL

@main enum Main { static func main() {} }
