import Foundation
import Glibc

/// The product with a library in front of the accountant's file functions: see `DiskShim.h`.
final class DiskShim {
    /// What fails, and how: an error number, or 0.
    struct Faults {
        var writing: Int32 = 0
        var syncing: Int32 = 0
        /// Opening for writing, and removing.
        var opening: Int32 = 0
    }

    /// Where the executables lie, for `Gateway.Settings`.
    let folder: String
    let stateFolder: String
    /// What reached the disk.
    let journal: String
    private let faults: String

    /// - Throws: what making files and links throws.
    init() throws {
        let files = FileManager.default
        folder = Product.folder + "/shim-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        // Never through a link: the accountant opens it by the name that the library knows.
        stateFolder = folder + "/state"
        journal = folder + "/journal"
        faults = folder + "/faults"
        try files.createDirectory(atPath: stateFolder, withIntermediateDirectories: true)
        for name in try files.contentsOfDirectory(atPath: Product.folder)
        where name.hasSuffix(".resources") {
            try files.createSymbolicLink(
                atPath: folder + "/" + name, withDestinationPath: Product.folder + "/" + name)
        }
        for name in Product.executables where name != "dd0c-route-accountant" {
            try files.linkItem(atPath: Product.folder + "/" + name, toPath: folder + "/" + name)
        }
        try Data([0, 0, 0]).write(to: URL(fileURLWithPath: faults))
        let script = """
            #!/bin/sh
            DISK_SHIM_FOLDER='\(stateFolder)' DISK_SHIM_JOURNAL='\(journal)' \\
            DISK_SHIM_FAULTS='\(faults)' LD_PRELOAD='\(Product.folder)/libDiskShim.so' \\
            exec '\(Product.folder)/dd0c-route-accountant'

            """
        let path = folder + "/dd0c-route-accountant"
        try script.write(toFile: path, atomically: false, encoding: .utf8)
        chmod(path, 0o755)
    }

    deinit {
        if ProcessInfo.processInfo.environment["ROUTE_KEEP_TEST_FOLDERS"] == nil {
            try? FileManager.default.removeItem(atPath: folder)
        }
    }

    /// The usual settings, with these executables and this state folder.
    var settings: Gateway.Settings {
        var settings = Gateway.Settings()
        settings.executables = folder
        settings.stateFolder = stateFolder
        return settings
    }

    /// From now on the accountant's calls fail so.
    ///
    /// - Throws: what writing the file throws.
    func fail(_ wanted: Faults) throws {
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: faults))
        defer { try? file.close() }
        try file.write(
            contentsOf: Data([
                UInt8(wanted.writing), UInt8(wanted.syncing), UInt8(wanted.opening),
            ]))
    }
}
