/// Exit statuses as sysexits.h names them.
enum ExitStatus: Int32 {
    /// EX_USAGE
    case usage = 64
    /// EX_DATAERR: the input is not what it should be.
    case data = 65
    /// EX_NOINPUT: a file that should be read cannot be.
    case noInput = 66
    /// EX_UNAVAILABLE
    case unavailable = 69
    /// EX_OSERR
    case system = 71
    /// EX_CANTCREAT
    case cannotCreate = 73
    /// EX_IOERR
    case inputOutput = 74
    /// EX_TEMPFAIL
    case temporary = 75
    /// EX_NOPERM
    case noPermission = 77
    /// EX_CONFIG
    case configuration = 78
}
