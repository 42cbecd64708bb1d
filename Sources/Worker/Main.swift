import Glibc

@main enum Main {
    static func main() { exit(WorkerProcess.run()) }
}
