import CCurl

/// The dates and names in the certificates that a server shows: read over a connection of its own that sends nothing and is
/// closed at once, only to explain a refusal that has already happened.
struct CertificateGlance {
    /// `2025-01-01T00:00:00Z`: of the certificate of the chain that ends first.
    private(set) var earliestExpiry = "an unknown date"
    /// Of the certificate of the chain that begins last.
    private(set) var latestStart = "an unknown date"
    /// The names that the server's own certificate is for.
    private(set) var names = "another host"

    init(at address: WebAddress, route: WebRoute) {
        guard let handle = unsafe curl_easy_init() else { return }
        defer { unsafe curl_easy_cleanup(handle) }
        let exchange = Exchange(host: address.host, route: route, stop: nil, onLine: nil)
        let code = withExtendedLifetime(exchange) {
            let context = unsafe Unmanaged.passUnretained(exchange).toOpaque()
            unsafe hazardd_curl_set_text(handle, CURLOPT_URL, address.origin)
            unsafe hazardd_curl_set_text(handle, CURLOPT_PROXY, "")
            unsafe hazardd_curl_set_long(handle, CURLOPT_NOSIGNAL, 1)
            unsafe hazardd_curl_set_long(handle, CURLOPT_CONNECT_ONLY, 1)
            unsafe hazardd_curl_set_long(handle, CURLOPT_TIMEOUT_MS, 2_000)
            unsafe hazardd_curl_set_long(handle, CURLOPT_SSL_VERIFYPEER, 0)
            unsafe hazardd_curl_set_long(handle, CURLOPT_SSL_VERIFYHOST, 0)
            unsafe hazardd_curl_set_long(handle, CURLOPT_CERTINFO, 1)
            unsafe hazardd_curl_set_socket_opener(handle, openSocketIfPermitted, context)
            if let path = route.unixSocket { unsafe hazardd_curl_set_text(handle, CURLOPT_UNIX_SOCKET_PATH, path) }
            return unsafe curl_easy_perform(handle)
        }
        var chain: UnsafeMutablePointer<curl_certinfo>?
        guard code == CURLE_OK, unsafe hazardd_curl_get_certificates(handle, &chain) == CURLE_OK,
            let chain = unsafe chain
        else { return }
        read(unsafe Self.certificates(of: chain.pointee))
    }

    /// - Parameter certificates: of each, its lines `name:value` as curl prints them, the server's own first.
    init(certificates: [[(name: String, value: String)]]) { read(certificates) }

    private mutating func read(_ certificates: [[(name: String, value: String)]]) {
        let expiries = certificates.joined().filter { $0.name == "Expire date" }.compactMap { Self.stamp($0.value) }
        let starts = certificates.joined().filter { $0.name == "Start date" }.compactMap { Self.stamp($0.value) }
        earliestExpiry = expiries.min() ?? earliestExpiry
        latestStart = starts.max() ?? latestStart
        guard let own = certificates.first else { return }
        let alternatives = own.first { $0.name == "X509v3 Subject Alternative Name" }
        let subject = own.first { $0.name == "Subject" }
        if let found = alternatives ?? subject {
            // Bounded and on one line: a stranger wrote it.
            names = String(found.value.prefix(200).filter { $0.isASCII && !$0.isNewline })
        }
    }

    private static func certificates(of chain: curl_certinfo) -> [[(name: String, value: String)]] {
        unsafe (0..<Int(chain.num_of_certs)).map { position in
            var lines: [(name: String, value: String)] = []
            var entry = unsafe chain.certinfo[position]
            while let line = unsafe entry {
                let text = unsafe String(cString: line.pointee.data)
                if let colon = text.firstIndex(of: ":") {
                    lines.append((String(text[..<colon]), String(text[text.index(after: colon)...])))
                }
                unsafe entry = unsafe line.pointee.next
            }
            return lines
        }
    }

    /// `Jan  1 00:00:00 2025 GMT` as `2025-01-01T00:00:00Z`, whose order as text is the order of time.
    static func stamp(_ text: String) -> String? {
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let words = text.split(separator: " ")
        guard words.count == 5, words[4] == "GMT", let month = months.firstIndex(of: String(words[0])),
            let day = Int(words[1]), words[3].count == 4
        else { return nil }
        func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(words[3])-\(padded(month + 1))-\(padded(day))T\(words[2])Z"
    }
}
