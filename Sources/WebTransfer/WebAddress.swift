import CCurl

#if canImport(Glibc)
    import Glibc
#endif

/// A URL taken apart by libcurl's own parser, so that what we check is what curl will connect to.
struct WebAddress {
    let scheme: String
    let host: String
    let port: String

    /// `host:port`, for messages.
    var authority: String { "\(host):\(port)" }
    /// The URL without path, query and user: safe to ask again for a certificate.
    var origin: String { "\(scheme)://\(host):\(port)/" }

    init(_ url: String) throws(TransferFault) {
        guard let parser = unsafe curl_url() else { throw .unreadableRequest("no memory to read the URL") }
        defer { unsafe curl_url_cleanup(parser) }
        // Any scheme is read, so that the refusal can name it.
        let code = unsafe curl_url_set(parser, CURLUPART_URL, url, UInt32(CURLU_NON_SUPPORT_SCHEME))
        guard code == CURLUE_OK, let scheme = unsafe Self.part(CURLUPART_SCHEME, of: parser) else {
            throw .unreadableRequest("the URL cannot be read")
        }
        guard scheme == "http" || scheme == "https" else { throw .refusedProtocol(scheme) }
        guard let host = unsafe Self.part(CURLUPART_HOST, of: parser), !host.isEmpty,
            let port = unsafe Self.part(CURLUPART_PORT, of: parser)
        else { throw .unreadableRequest("the URL names no host") }
        self.scheme = scheme
        self.host = host
        self.port = port
    }

    private static func part(_ part: CURLUPart, of parser: OpaquePointer) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        guard unsafe curl_url_get(parser, part, &text, UInt32(CURLU_DEFAULT_PORT)) == CURLUE_OK, let text = unsafe text
        else { return nil }
        defer { unsafe curl_free(text) }
        return unsafe String(cString: text)
    }
}

/// The header lines of one request, as curl wants them; freed with the value.
@safe struct HeaderList: ~Copyable {
    // Safe: the list is built in init, owned by this value alone and freed in deinit; curl only reads it in between.
    private(set) var first: UnsafeMutablePointer<curl_slist>?

    init(_ headers: [WebHeader]) throws(TransferFault) {
        unsafe first = nil
        // curl would wait a second for "100 Continue" before a longer body; nobody here sends it.
        for header in headers + [WebHeader("Expect", "")] {
            guard !"\(header.name)\(header.value)".contains(where: { $0.isNewline || $0 == "\0" }) else {
                throw .unreadableRequest("header \(header.name.prefix(40).filter { !$0.isNewline }) holds a line end")
            }
            let line = header.value.isEmpty ? "\(header.name):" : "\(header.name): \(header.value)"
            guard let longer = unsafe curl_slist_append(first, line) else {
                throw .unreadableRequest("no memory for the headers")
            }
            unsafe first = unsafe longer
        }
    }

    deinit { unsafe curl_slist_free_all(first) }
}

/// libcurl, made ready once for the process.
enum CurlLibrary {
    static let isReady: Bool = curl_global_init(Int(CURL_GLOBAL_ALL)) == CURLE_OK
}

enum SystemReason {
    /// `connection refused`; nil when there is no error number.
    static func words(for number: Int) -> String? {
        guard number > 0, let text = unsafe strerror(Int32(number)) else { return nil }
        return unsafe String(cString: text).lowercased()
    }
}
