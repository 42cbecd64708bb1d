import Testing

/// Whole processes: one test at a time, because each kills, stops or loads what it started.
@Suite("The whole product", .serialized)
struct SystemTests {}
