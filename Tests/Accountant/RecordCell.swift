/// Finds the bytes of a record's row in a database file (SQLite's file format, section 1.6).
enum RecordCell {
    /// The offsets of the cell that holds the text in a leaf page of a table; nil when there is none.
    static func find(_ text: String, in file: [UInt8]) -> Range<Int>? {
        let wanted = Array(text.utf8)
        let pageSize = Int(file[16]) << 8 | Int(file[17])
        for page in stride(from: pageSize, to: file.count, by: pageSize) where file[page] == 0x0d {
            let cells = Int(file[page + 3]) << 8 | Int(file[page + 4])
            for cell in 0..<cells {
                let pointer = page + 8 + 2 * cell
                let start = page + (Int(file[pointer]) << 8 | Int(file[pointer + 1]))
                let (size, sizeEnd) = varint(file, start)
                let (_, keyEnd) = varint(file, sizeEnd)
                guard keyEnd + size <= page + pageSize else { continue }
                let content = file[keyEnd..<(keyEnd + size)]
                let (headerSize, _) = varint(file, keyEnd)
                // The row of `record` has more columns than any other that could hold an id.
                if headerSize > 40, content.contains(wanted) { return start..<(keyEnd + size) }
            }
        }
        return nil
    }

    private static func varint(_ file: [UInt8], _ start: Int) -> (value: Int, end: Int) {
        var value = 0
        var index = start
        while true {
            value = value << 7 | Int(file[index] & 0x7f)
            index += 1
            if file[index - 1] & 0x80 == 0 { return (value, index) }
        }
    }
}
