import GRDB
import Hummingbird

@main enum Main { static func main() {} }
