import GRDB
import GRDBSQLite

// The statements on the way of an alarm, bound and read without GRDB's argument lists and rows, which take longer than SQLite
// itself for a row or two (decision 33). The statements are GRDB's own, prepared once and kept by it; so are connections,
// transactions and errors.
extension Database {
    /// Runs a statement that gives no rows.
    /// - Parameter bind: gives its values, from the first to the last.
    func run(_ sql: String, _ bind: (inout Bindings) -> Void) throws {
        try each(sql, bind) { _ in }
    }

    /// The first row that a question gives; nil when it gives none.
    func first<Answer>(
        _ sql: String, _ bind: (inout Bindings) -> Void, _ read: (Columns) throws -> Answer
    ) throws -> Answer? {
        let statement = try unsafe prepared(sql, bind)
        defer { unsafe sqlite3_reset(statement) }
        return try unsafe step(statement, sql) ? read(Columns(statement)) : nil
    }

    /// Every row that a question gives.
    func each(_ sql: String, _ bind: (inout Bindings) -> Void, _ read: (Columns) throws -> Void) throws {
        let statement = try unsafe prepared(sql, bind)
        defer { unsafe sqlite3_reset(statement) }
        while try unsafe step(statement, sql) { try unsafe read(Columns(statement)) }
    }

    private func prepared(_ sql: String, _ bind: (inout Bindings) -> Void) throws -> SQLiteStatement {
        let statement = try unsafe cachedStatement(sql: sql).sqliteStatement
        var bindings = unsafe Bindings(statement)
        bind(&bindings)
        // A value left out would be that of the time before.
        let wanted = unsafe sqlite3_bind_parameter_count(statement)
        precondition(bindings.place == wanted, "\(bindings.place) of \(wanted) values given: \(sql)")
        return unsafe statement
    }

    /// - Returns: whether there is a row.
    private func step(_ statement: SQLiteStatement, _ sql: String) throws -> Bool {
        switch unsafe sqlite3_step(statement) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code:
            let message = unsafe sqliteConnection.flatMap { unsafe sqlite3_errmsg($0) }.map {
                unsafe String(cString: $0)
            }
            throw DatabaseError(resultCode: ResultCode(rawValue: code), message: message, sql: sql)
        }
    }
}

/// The values of a statement, given from the first to the last. SQLite copies texts.
@safe struct Bindings {
    private let statement: SQLiteStatement
    fileprivate private(set) var place: CInt = 0

    fileprivate init(_ statement: SQLiteStatement) { unsafe self.statement = statement }

    mutating func add(_ value: Int64) {
        place += 1
        unsafe sqlite3_bind_int64(statement, place, value)
    }

    mutating func add(_ value: some FixedWidthInteger) { add(Int64(clamping: value)) }

    mutating func add(_ value: Int64?) { if let value { add(value) } else { addNull() } }

    mutating func add(_ value: Double?) {
        guard let value else { return addNull() }
        place += 1
        unsafe sqlite3_bind_double(statement, place, value)
    }

    mutating func add(_ text: String) {
        place += 1
        let copied = unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        unsafe sqlite3_bind_text(statement, place, text, CInt(text.utf8.count), copied)
    }

    mutating func add(_ text: String?) { if let text { add(text) } else { addNull() } }

    private mutating func addNull() {
        place += 1
        unsafe sqlite3_bind_null(statement, place)
    }
}

/// The columns of the row that a statement stands at, by place from 0. The tables are STRICT: a column holds what it says.
@safe struct Columns {
    private let statement: SQLiteStatement

    fileprivate init(_ statement: SQLiteStatement) { unsafe self.statement = statement }

    func integer(_ place: CInt) -> Int64 { unsafe sqlite3_column_int64(statement, place) }

    func optionalInteger(_ place: CInt) -> Int64? { isNull(place) ? nil : integer(place) }

    func optionalDouble(_ place: CInt) -> Double? {
        isNull(place) ? nil : unsafe sqlite3_column_double(statement, place)
    }

    func text(_ place: CInt) -> String { optionalText(place) ?? "" }

    func optionalText(_ place: CInt) -> String? {
        guard let bytes = unsafe sqlite3_column_text(statement, place) else { return nil }
        let count = Int(unsafe sqlite3_column_bytes(statement, place))
        return unsafe String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
    }

    private func isNull(_ place: CInt) -> Bool { unsafe sqlite3_column_type(statement, place) == SQLITE_NULL }
}
