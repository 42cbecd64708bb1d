import Configuration
import IPC

extension LaunchPlan {
    /// The plan of a configuration.
    init(
        _ configuration: GatewayConfiguration, executables: Executables, sealArguments: [String]
    ) {
        self.init(
            workers: UInt16(clamping: configuration.workers),
            drainMilliseconds: UInt32(clamping: configuration.drainTimeout),
            streamsPerWorker: UInt32(clamping: configuration.worker.limits.streamsPerWorker),
            workerPath: executables.worker, accountantPath: executables.accountant,
            commandPath: executables.command, sealArguments: sealArguments)
    }
}
