/// One question to a server.
package struct WebRequest: Sendable, Equatable {
    package enum Method: String, Sendable, CaseIterable {
        case get = "GET"
        case post = "POST"
        case put = "PUT"
        case delete = "DELETE"
    }

    package var method: Method
    /// `http://` or `https://`; over a Unix socket the host is only a name (`http://hazardd/api/v1/alarms`).
    package var url: String
    package var headers: [WebHeader]
    /// Sent with its length when it is not nil, even if empty.
    package var body: [UInt8]?
    /// The whole exchange: resolving, connecting, sending and the last byte of the answer. For a stream: until the answer
    /// begins.
    package var timeout: Duration

    package init(
        _ method: Method, _ url: String, headers: [WebHeader] = [], body: [UInt8]? = nil,
        timeout: Duration = .seconds(10)
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeout = timeout
    }
}

package struct WebHeader: Sendable, Hashable {
    package var name: String
    package var value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// What a server answered, whatever its status: a 404 is an answer, not a fault.
package struct WebResponse: Sendable, Equatable {
    package var status: Int
    package var headers: [WebHeader]
    package var body: [UInt8]

    package init(status: Int, headers: [WebHeader] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The body as UTF-8; what is not UTF-8 is replaced.
    package var text: String { String(decoding: body, as: UTF8.self) }

    /// The first header of this name, in any case.
    package func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }
}

/// What a reader of a stream says after each line.
package enum StreamVerdict: Sendable, Equatable {
    case goOn
    case stop
}
