import CCurl

/// One conversation partner of the station, over libcurl: blocking, one thread, connections kept between requests.
///
/// It follows no redirect, obeys no proxy variable, speaks only http and https, keeps no cookie, takes at most
/// ``WebRoute/answerLimit`` bytes, and leaves signals alone.
/// - Note: make it in the thread that uses it. A copy would share a handle, so there is none.
@safe package struct WebSession: ~Copyable {
    // Safe: both pointers are made in init, owned by this value alone, freed in deinit, and never handed out.
    private let handle: UnsafeMutableRawPointer
    private let errorText: UnsafeMutablePointer<CChar>
    private let route: WebRoute
    private let stop: TransferStop?

    /// - Parameter stop: ends a running exchange from another thread with ``TransferFault/stopped``.
    package init(route: WebRoute = WebRoute(), stop: TransferStop? = nil) {
        precondition(CurlLibrary.isReady, "libcurl could not be initialised")
        guard let handle = unsafe curl_easy_init() else { fatalError("libcurl has no memory for a session") }
        unsafe self.handle = unsafe handle
        unsafe errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        unsafe errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        self.route = route
        self.stop = stop
    }

    deinit {
        unsafe curl_easy_cleanup(handle)
        unsafe errorText.deallocate()
    }

    /// Asks and waits for the whole answer, at most ``WebRequest/timeout``.
    /// - Throws: when there is no whole answer. Whatever status came back is a response.
    package mutating func send(_ request: WebRequest) throws(TransferFault) -> WebResponse {
        try perform(request, silenceLimit: nil, onLine: nil)
    }

    /// Asks, and hands over each line of the answer as it comes: for server-sent events.
    /// - Parameters:
    ///   - silenceLimit: no byte for this long (whole seconds) ends it with ``TransferFault/timedOut(host:after:)``.
    ///   - onLine: called on this thread with each line of a 2xx answer, without its line end.
    /// - Returns: when the server ends the stream or `onLine` says stop. The body is empty, unless the status is not 2xx:
    ///   then it is the server's explanation.
    package mutating func stream(
        _ request: WebRequest, silenceLimit: Duration, onLine: @escaping (String) -> StreamVerdict
    ) throws(TransferFault) -> WebResponse {
        try perform(request, silenceLimit: silenceLimit, onLine: onLine)
    }

    private func perform(
        _ request: WebRequest, silenceLimit: Duration?, onLine: ((String) -> StreamVerdict)?
    ) throws(TransferFault) -> WebResponse {
        let address = try WebAddress(request.url)
        let exchange = Exchange(host: address.host, route: route, stop: stop, onLine: onLine)
        if exchange.isStopWanted { throw .stopped }
        let headers = try HeaderList(request.headers)
        unsafe curl_easy_reset(handle)
        unsafe errorText.pointee = 0
        setLimits(request, silenceLimit: silenceLimit)
        setManners()
        setTrust()
        setRequest(request, headers)
        // curl reads the headers and calls back into the exchange until it returns.
        let code = withExtendedLifetime(exchange) {
            withExtendedLifetime(headers) { converse(through: exchange) }
        }
        if code == CURLE_OK || exchange.isSatisfied { return exchange.response }
        throw exchange.refusal ?? fault(of: code, address: address, request: request, silenceLimit: silenceLimit)
    }

    private func converse(through exchange: Exchange) -> CURLcode {
        let context = unsafe Unmanaged.passUnretained(exchange).toOpaque()
        unsafe hazardd_curl_set_header_sink(handle, takeHeadOfAnswer, context)
        unsafe hazardd_curl_set_write(handle, takeBodyOfAnswer, context)
        unsafe hazardd_curl_set_progress(handle, askWhetherToGoOn, context)
        unsafe hazardd_curl_set_socket_opener(handle, openSocketIfPermitted, context)
        return unsafe curl_easy_perform(handle)
    }
}

// MARK: - Options

extension WebSession {
    private func setLimits(_ request: WebRequest, silenceLimit: Duration?) {
        let milliseconds = Int(request.timeout / .milliseconds(1))
        set(CURLOPT_CONNECTTIMEOUT_MS, milliseconds)
        if let silenceLimit {
            set(CURLOPT_LOW_SPEED_LIMIT, 1)
            set(CURLOPT_LOW_SPEED_TIME, max(1, Int(silenceLimit / .seconds(1))))
        } else {
            set(CURLOPT_TIMEOUT_MS, milliseconds)
        }
    }

    private func setManners() {
        set(CURLOPT_NOSIGNAL, 1)
        // A mute resolver holds its own thread; with this, nobody waits for it after the time-out (operations.md 0, 10).
        set(CURLOPT_QUICK_EXIT, 1)
        set(CURLOPT_FOLLOWLOCATION, 0)
        set(CURLOPT_PROTOCOLS_STR, "http,https")
        set(CURLOPT_PROXY, "")
        set(CURLOPT_NOPROXY, "*")
        set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1)
        set(CURLOPT_TCP_KEEPALIVE, 1)
        set(CURLOPT_USERAGENT, "hazardd")
        unsafe hazardd_curl_set_pointer(handle, CURLOPT_ERRORBUFFER, errorText)
    }

    private func setTrust() {
        set(CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2)
        set(CURLOPT_SSL_VERIFYPEER, 1)
        set(CURLOPT_SSL_VERIFYHOST, 2)
        if let path = route.unixSocket { set(CURLOPT_UNIX_SOCKET_PATH, path) }
        if let path = route.certificateAuthority { set(CURLOPT_CAINFO, path) }
        if let path = route.clientCertificate { set(CURLOPT_SSLCERT, path) }
        if let path = route.clientKey { set(CURLOPT_SSLKEY, path) }
    }

    private func setRequest(_ request: WebRequest, _ headers: borrowing HeaderList) {
        set(CURLOPT_URL, request.url)
        if let body = request.body {
            set(CURLOPT_POSTFIELDSIZE, body.count)
            // curl takes a copy, so the bytes need not outlive this call.
            _ = unsafe body.withUnsafeBytes {
                unsafe hazardd_curl_set_pointer(
                    handle, CURLOPT_COPYPOSTFIELDS, UnsafeMutableRawPointer(mutating: $0.baseAddress))
            }
            if body.isEmpty { set(CURLOPT_COPYPOSTFIELDS, "") }
        }
        set(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
        unsafe hazardd_curl_set_headers(handle, headers.first)
    }

    private func set(_ option: CURLoption, _ value: Int) {
        let code = unsafe hazardd_curl_set_long(handle, option, value)
        precondition(code == CURLE_OK, "libcurl refuses option \(option.rawValue)")
    }

    private func set(_ option: CURLoption, _ value: String) {
        let code = unsafe hazardd_curl_set_text(handle, option, value)
        precondition(code == CURLE_OK, "libcurl refuses option \(option.rawValue)")
    }
}

// MARK: - Faults

extension WebSession {
    /// What curl's code meant this time.
    private func fault(
        of code: CURLcode, address: WebAddress, request: WebRequest, silenceLimit: Duration?
    ) -> TransferFault {
        let host = address.host
        let said = unsafe String(cString: errorText)
        let reason = unsafe said.isEmpty ? String(cString: curl_easy_strerror(code)) : said
        switch code {
        // The scheme was checked before: what came was no HTTP.
        case CURLE_UNSUPPORTED_PROTOCOL: return .answerBroken(host: host, reason: "what came is no HTTP")
        case CURLE_URL_MALFORMAT: return .unreadableRequest("the URL cannot be read")
        case CURLE_COULDNT_RESOLVE_HOST: return .notResolved(host: host)
        case CURLE_COULDNT_CONNECT: return .notConnected(host: address.authority, reason: systemReason() ?? reason)
        case CURLE_OPERATION_TIMEDOUT: return .timedOut(host: host, after: silenceLimit ?? request.timeout)
        case CURLE_PEER_FAILED_VERIFICATION: return certificateFault(address: address, reason: reason)
        case CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CIPHER, CURLE_SSL_CLIENTCERT:
            return .secureConnectionRefused(host: host, reason: reason)
        case CURLE_SSL_CERTPROBLEM, CURLE_SSL_CACERT_BADFILE: return .ownCertificate(reason)
        default: return .answerBroken(host: host, reason: reason)
        }
    }

    private func systemReason() -> String? {
        var number = 0
        unsafe hazardd_curl_get_long(handle, CURLINFO_OS_ERRNO, &number)
        return SystemReason.words(for: number)
    }

    /// curl says "verification failed"; the verify result says of what kind, and a second look at the certificate (no
    /// data is sent) says which date or which names.
    private func certificateFault(address: WebAddress, reason: String) -> TransferFault {
        var verdict = 0
        unsafe hazardd_curl_get_long(handle, CURLINFO_SSL_VERIFYRESULT, &verdict)
        let glance = CertificateGlance(at: address, route: route)
        switch VerifyResult(rawValue: verdict) {
        case .fine, .unspecified: return .certificateForAnotherHost(host: address.host, names: glance.names)
        case .expired: return .certificateExpired(host: address.host, at: glance.earliestExpiry)
        case .notYetValid: return .certificateNotYetValid(host: address.host, from: glance.latestStart)
        case nil:
            return .certificateUntrusted(
                host: address.host, reason: String(reason.trimmingPrefix("SSL certificate problem: ")))
        }
    }
}

/// The verdicts of OpenSSL (x509_vfy.h) that get words of their own.
private enum VerifyResult: Int {
    /// The chain is good, so it was the name that did not match. (libcurl leaves "unspecified" when it refuses the name.)
    case fine = 0
    case unspecified = 1
    case notYetValid = 9
    case expired = 10
}
