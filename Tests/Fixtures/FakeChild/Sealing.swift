import Glibc
import IPC

/// Plays `dd0c-route seal`: the new configuration is in three files of a folder.
enum Sealing {
    static func run(folder: String, control: Int32) throws -> Int32 {
        let planScript = Script(file: folder + "/plan")
        for text in planScript.values("say") { Main.say(text) }
        if let code: Int32 = planScript.integer("exit") { return code }
        let own = CommandLine.arguments[0]
        let plan = LaunchPlan(
            workers: planScript.integer("workers") ?? 2,
            drainMilliseconds: planScript.integer("drain") ?? 5_000,
            heartbeatMilliseconds: 100, hungMilliseconds: 3_000, streamsPerWorker: 16,
            workerPath: own, accountantPath: own, commandPath: own,
            sealArguments: ["seal", folder])
        let descriptors = [
            try seal(plan.encoded()), try seal(contents(folder + "/worker")),
            try seal(contents(folder + "/accountant")),
        ]
        _ = ControlSocket(descriptor: control).send(.configure, descriptors: descriptors)
        return 0
    }

    private static func seal(_ bytes: [UInt8]) throws -> Int32 {
        try bytes.withUnsafeBytes { try SealedMemory.create(name: "fixture", $0) }
    }

    private static func contents(_ file: String) -> [UInt8] {
        let descriptor = open(file, O_RDONLY)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        var bytes: [UInt8] = Array(repeating: 0, count: 64 * 1024)
        let count = read(descriptor, &bytes, bytes.count)
        return Array(bytes.prefix(max(0, count)))
    }
}
