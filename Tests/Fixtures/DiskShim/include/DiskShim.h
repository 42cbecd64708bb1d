/// Stands in front of the C library's file functions of one process (LD_PRELOAD), for one folder:
/// writes down, in order, what reaches its files and what of that was synced, and fails on demand.
///
/// Environment:
/// * DISK_SHIM_FOLDER: the folder; files below it are watched, others are left alone.
/// * DISK_SHIM_JOURNAL: a file that entries are appended to; unset: none are written.
/// * DISK_SHIM_FAULTS: a file of three bytes that is mapped: the errno that writing, syncing, and opening
///   for writing fail with; 0: none.
///
/// An entry is five 64-bit words in the machine's order (kind, file, offset, length, nanoseconds of
/// CLOCK_MONOTONIC), then `length` bytes. Memory that is mapped is not seen: SQLite maps its `-shm`
/// only, which no crash leaves behind.
#pragma once

enum disk_shim_kind {
    disk_shim_create = 1,  ///< `file` is new; the bytes are its name.
    disk_shim_reopen = 2,  ///< `file` stands for the file of that name from now on; the bytes are the name.
    disk_shim_write = 3,
    disk_shim_truncate = 4,  ///< To `offset` bytes.
    disk_shim_sync = 5,
    disk_shim_unlink = 6,  ///< The bytes are the name.
    disk_shim_rename = 7,  ///< The bytes are the old name, a 0, and the new one.
    disk_shim_sync_folder = 8,
};
