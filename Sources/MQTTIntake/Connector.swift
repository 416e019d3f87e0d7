import RingPipeline
import Synchronization

/// Connects away from the door's thread: name resolution and connect(2) block, for two minutes if nobody answers, and
/// meanwhile the door must keep its beat and be able to stop.
///
/// An errand that the door no longer waits for ends by itself: its client has sent nothing yet, for CONNECT is only
/// queued until the door's own thread writes.
final class Connector: Sendable {
    struct Answer {
        var attempt: Int
        var outcome: Result<MosquittoClient, ClientFault>
    }

    /// So many connects may hang at a time; a further one fails at once.
    private static let errandsMax = 4

    private struct State {
        var answers: [Answer] = []
        var errandsOut = 0
    }

    // The client inside an answer goes from the errand's thread to the door's through this lock, and is used by one of
    // them at a time.
    private let state = Mutex<HandOver<State>>(HandOver(State()))
    private let settings: ClientSettings
    private let wakeup: Wakeup

    init(settings: ClientSettings, wakeup: Wakeup) {
        self.settings = settings
        self.wakeup = wakeup
    }

    /// Starts an errand; the answer comes with a ring of the wakeup.
    func connect(attempt: Int) {
        let mayGo = state.withLock { state in
            guard state.value.errandsOut < Self.errandsMax else { return false }
            state.value.errandsOut += 1
            return true
        }
        guard mayGo else {
            answer(
                attempt, .failure(ClientFault(reason: "\(Self.errandsMax) earlier connects still hang")), wasOut: false)
            return
        }
        let errand = Errand(connector: self, attempt: attempt)
        do throws(WorkerThread.Unavailable) {
            try WorkerThread(starting: "mqtt-connect") { errand.run() }.detach()
        } catch {
            answer(attempt, .failure(ClientFault(reason: "\(error)")), wasOut: true)
        }
    }

    /// What errands brought since the last call.
    func takeAnswers() -> [Answer] {
        state.withLock { state in
            defer { state.value.answers = [] }
            return HandOver(state.value.answers)
        }.value
    }

    private func answer(_ attempt: Int, _ outcome: sending Result<MosquittoClient, ClientFault>, wasOut: Bool) {
        let answer = HandOver(Answer(attempt: attempt, outcome: outcome))
        state.withLock { state in
            if wasOut { state.value.errandsOut -= 1 }
            state.value.answers.append(answer.value)
        }
        wakeup.ring()
    }

    private struct Errand: Sendable {
        let connector: Connector
        let attempt: Int

        func run() {
            do throws(ClientFault) {
                let client = try MosquittoClient(connector.settings)
                try client.connect(connector.settings.link)
                connector.answer(attempt, .success(client), wasOut: true)
            } catch {
                connector.answer(attempt, .failure(error), wasOut: true)
            }
        }
    }
}
