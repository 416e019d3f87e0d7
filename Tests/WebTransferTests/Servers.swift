import ParkSimulator
import Testing
import WebTransfer

/// Runs a server for the length of a test.
func withServer<Outcome>(
    answering reaction: HTTPReaction, _ body: (LoopbackHTTPServer, String) throws -> Outcome
) throws -> Outcome {
    let server = try LoopbackHTTPServer { _ in reaction }
    defer { server.stop() }
    return try body(server, "http://127.0.0.1:\(server.port)/a/path?token=canary")
}

/// The fault of an exchange that must not succeed; records an issue when it does.
func fault(
    _ url: String, timeout: Duration = .seconds(10), route: WebRoute = WebRoute(), stop: TransferStop? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
) -> TransferFault? {
    var session = WebSession(route: route, stop: stop)
    do {
        let response = try session.send(WebRequest(.get, url, timeout: timeout))
        Issue.record("answered with \(response.status)", sourceLocation: sourceLocation)
        return nil
    } catch {
        return error
    }
}
