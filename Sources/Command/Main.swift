import ArgumentParser
import AsyncHTTPClient
import Configuration

@main enum Main { static func main() {} }
