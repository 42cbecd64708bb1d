/// What other modules can use says what it is: public types, functions, subscripts and type members
/// carry documentation. Plain stored properties, memberwise initialisers and the requirements of
/// protocols documented elsewhere speak for themselves.
struct DocumentationRule: Rule {
    private static let conformances = [
        "func encode(to", "func hash(into", "func ==", "func <",
    ]

    func findings(in file: SourceFile) -> [Finding] {
        guard file.isSwift, file.module != nil else { return [] }
        let declaration =
            #/^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:public|package)\s+(?:\w+\s+)*?(?:struct|class|enum|actor|protocol|func|subscript|static)\b/#
        return file.code.enumerated().compactMap { offset, line in
            guard line.contains(declaration), !Self.conformances.contains(where: line.contains)
            else { return nil }
            let above = file.lineAbove(offset)
            guard above?.hasPrefix("///") != true else { return nil }
            return Finding(
                path: file.path, line: offset + 1, message: "public without documentation")
        }
    }
}
