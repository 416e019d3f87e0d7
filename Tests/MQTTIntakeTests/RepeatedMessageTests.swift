import DeviceMap
import PlantModel
import PlantTime
import Testing

@testable import MQTTIntake

@Suite struct `Records of one message` {
    /// A route that reads the records of a payload, with the stamp at a path.
    private func route(stamp: String, topic: String = "gw/up") throws -> TopicRoute {
        var route = try aRoute("A", status: false)
        route.topic = topic
        route.each = try PayloadPath(parsing: "$.records[*]")
        route.points = [PayloadPoint(point: PointIndex(0), path: try PayloadPath(parsing: "@.v"))]
        route.stamp = StampField(path: try PayloadPath(parsing: stamp), format: .epochSeconds)
        route.captures = topic.contains("+") ? [TopicCapture(name: "time", level: 1)] : []
        return route
    }

    /// What a point says at each message; a repeat says nothing.
    private func said(_ route: TopicRoute, _ messages: [(text: String, topic: String)]) -> [[Double]] {
        var desk = Desk(route)
        return messages.map { message in
            desk.take(message.text, on: message.topic).filter { $0.point == 0 }.map(\.sample.payload.number)
        }
    }

    @Test func `are news under a new stamp of the message, though the same was measured minutes ago`() throws {
        let texts = [
            #"{"ts":1795508990,"records":[{"v":60}]}"#, #"{"ts":1795508991,"records":[{"v":1},{"v":1}]}"#,
            #"{"ts":1795508992,"records":[{"v":60}]}"#, #"{"ts":1795508992,"records":[{"v":60}]}"#,
        ]
        #expect(said(try route(stamp: "$.ts"), texts.map { ($0, "gw/up") }) == [[60], [1, 1], [60], []])
    }

    @Test func `are news under a new stamp in the topic`() throws {
        let topics = ["gw/1795508990/up", "gw/1795508991/up", "gw/1795508991/up"]
        let route = try route(stamp: "#.time", topic: "gw/+/up")
        #expect(said(route, topics.map { (#"{"records":[{"v":60}]}"#, $0) }) == [[60], [60], []])
    }

    /// Thousands of records lie in one message: each hashed with the whole, they would keep the door for seconds.
    @Test func `are as many as they are, and the message is looked through once`() throws {
        let route = try route(stamp: "$.ts")
        func time(of records: Int) -> Duration {
            let list = Array(repeating: #"{"v":60}"#, count: records).joined(separator: ",")
            let message = (#"{"ts":1795508990,"records":[\#(list)]}"#, "gw/up")
            return ContinuousClock().measure {
                #expect(said(route, [message]) == [Array(repeating: 60, count: records)])
            }
        }
        let (few, many) = (time(of: 500), time(of: 8000))
        // Sixteen times as many; once for each with the whole would be 256 times the work.
        #expect(many < few * 64, "\(few) and \(many)")
    }

    @Test func `with stamps of their own are known again among others`() throws {
        let texts = [
            #"{"records":[{"ts":1795508990,"v":1}]}"#,
            #"{"records":[{"ts":1795508990,"v":1},{"ts":1795508991,"v":1}]}"#,
        ]
        #expect(said(try route(stamp: "@.ts"), texts.map { ($0, "gw/up") }) == [[1], [1]])
    }
}

@Suite struct `Message said again after a restart` {
    private let route: TopicRoute

    init() throws { route = try aRoute("A", numbered: true) }

    /// What the log holds of one message of a life before.
    private func recalled(_ text: String, _ route: TopicRoute) -> RecalledSamples {
        var before = Desk(route)
        var recalled = RecalledSamples()
        for slot in before.take(text) { recalled.note(slot) }
        return recalled
    }

    private func desk(_ recalled: RecalledSamples, _ route: TopicRoute) -> Desk {
        var desk = Desk(route)
        desk.intake = MessageIntake(link: aLink([route]), source: 3, recalled: recalled)
        return desk
    }

    @Test(arguments: [true, false])
    func `is recognised by its number or its stamp, once`(isNumbered: Bool) throws {
        let route = try aRoute("A", numbered: isNumbered)
        let text = #"{"ppm":60,"t":20,"ts":1795508999000,"sn":7}"#
        var desk = desk(recalled(text, route), route)
        #expect(desk.take(text).isEmpty && desk.tally.repeated == 1)
        // The same value at another moment is news.
        #expect(!desk.take(#"{"ppm":60,"t":20,"ts":1795508999500,"sn":8}"#).isEmpty)
    }

    @Test func `is news where it differs in a value`() throws {
        var desk = desk(recalled(#"{"ppm":60,"t":20,"ts":1795508999000,"sn":7}"#, route), route)
        #expect(!desk.take(#"{"ppm":61,"t":20,"ts":1795508999000,"sn":7}"#).isEmpty)
    }

    @Test func `is news at another moment, though its number and its value come round again`() throws {
        var desk = desk(recalled(#"{"ppm":60,"t":20,"ts":1795508920000,"sn":7}"#, route), route)
        #expect(!desk.take(#"{"ppm":60,"t":20,"ts":1795508999000,"sn":7}"#).isEmpty && desk.tally.repeated == 0)
    }

    @Test func `is told by a number alone only where it was read just before the end`() throws {
        let plain = try aRoute("A", stamped: false, numbered: true)
        var before = Desk(plain)
        var recalled = RecalledSamples()
        let spoken: [(number: Int, after: Duration)] = [(7, .zero), (8, .seconds(200)), (9, .seconds(201))]
        for (number, after) in spoken {
            for slot in before.take("{\"ppm\":0,\"t\":20,\"sn\":\(number)}", after: after) { recalled.note(slot) }
        }
        var desk = desk(recalled, plain)
        let isNews = [7, 8, 9].map { number in
            desk.take("{\"ppm\":0,\"t\":20,\"sn\":\(number)}", after: .seconds(210)).contains { $0.point == 0 }
        }
        #expect(isNews == [true, false, false])
    }

    @Test func `is known again by its number where its clock was too far ahead before`() throws {
        let text = #"{"ppm":60,"t":20,"ts":1795509008000,"sn":7}"#
        var desk = desk(recalled(text, route), route)
        #expect(desk.take(text, after: .seconds(4)).isEmpty && desk.tally.repeated == 1)
    }

    @Test func `is judged again where it has neither number nor stamp`() throws {
        let plain = try aRoute("A", stamped: false)
        let text = #"{"ppm":60,"t":20}"#
        var desk = desk(recalled(text, plain), plain)
        #expect(!desk.take(text).isEmpty)
    }
}
