package import PlantModel

/// What a payload's value looks like before it is a number.
package enum PayloadType: Sendable, Hashable {
    /// A JSON number, or true and false as 1 and 0.
    case number
    /// A number written in a string: `"12.5"`.
    case decimalText
    /// Hexadecimal digits in a string: `"0x1F"`, `"1F"`.
    case hexText
    /// Words with numbers: `"fixed"` is 4.
    case words([String: Double])
}

/// One point of one topic's payload.
package struct PayloadPoint: Sendable, Equatable {
    package var point: PointIndex
    package var path: PayloadPath
    package var type: PayloadType
    package var scaling: Scaling
    package var range: ClosedRange<Double>?
    package var clampAbove: Double?
    /// Numbers, before scaling, that mean "no value".
    package var sentinels: [Double]
    /// The point of the same payload whose number's bits, or value, qualify this one.
    package var status: PointIndex?
    package var statusEffects: [StatusEffect]
    /// Values of the status point that qualify this one: `4` fixed is good, `5` float is uncertain.
    package var statusValues: [Double: Quality]

    package init(
        point: PointIndex, path: PayloadPath, type: PayloadType = .number, scaling: Scaling = .identity,
        range: ClosedRange<Double>? = nil, clampAbove: Double? = nil, sentinels: [Double] = [],
        status: PointIndex? = nil, statusEffects: [StatusEffect] = [], statusValues: [Double: Quality] = [:]
    ) {
        self.point = point
        self.path = path
        self.type = type
        self.scaling = scaling
        self.range = range
        self.clampAbove = clampAbove
        self.sentinels = sentinels
        self.status = status
        self.statusEffects = statusEffects
        self.statusValues = statusValues
    }
}

/// How a payload says when it was made.
package enum StampFormat: Sendable, Hashable {
    case epochSeconds
    case epochMilliseconds
    case epochMicroseconds
    case epochNanoseconds
    /// `2026-11-24T08:30:00.000+08:00`: the zone is in the text.
    case iso8601
    /// A pattern of `yyyy MM dd HH mm ss SSS` with the zone that the profile must name, as seconds east of UTC.
    case pattern(String, offsetSeconds: Int)
}

package struct StampField: Sendable, Hashable {
    package var path: PayloadPath
    package var format: StampFormat

    package init(path: PayloadPath, format: StampFormat) {
        self.path = path
        self.format = format
    }
}

/// One device's telemetry topic and what stands in its payload.
package struct TopicRoute: Sendable, Equatable {
    package var device: String
    package var pointClass: Point.Class
    /// What is subscribed: the device's topic, with `+` only where ``captures`` says so.
    package var topic: String
    package var points: [PayloadPoint]
    /// Points that stand together in a blob of registers.
    package var blobs: [PayloadBlob]
    package var codec: PayloadCodec
    /// The array whose elements are one message each, with their own stamps and numbers; it ends in `[*]`. nil: the payload is
    /// one message.
    package var each: PayloadPath?
    /// Levels of the topic that vary and are read: `#.name` is what stands there. The topic has a `+` at each.
    package var captures: [TopicCapture]
    package var stamp: StampField?
    package var sequencePath: PayloadPath?
    /// Where it says, retained, that it is on line or gone (its last will); a filter as ``topic`` is. nil when it has none.
    package var statusTopic: String?
    /// How it says so.
    package var statusWords = StatusWords.usual
    package var expectedPeriod: Duration
    /// A stamp further ahead than this becomes the arrival time, flagged.
    package var maxFuture: Duration
    /// `sys.<device>.link`: 1 while messages come, 0 after its last will or with the broker lost.
    package var linkPoint: PointIndex

    package init(
        device: String, pointClass: Point.Class, topic: String, points: [PayloadPoint], stamp: StampField? = nil,
        sequencePath: PayloadPath? = nil, statusTopic: String? = nil, expectedPeriod: Duration,
        maxFuture: Duration = .seconds(5), linkPoint: PointIndex, blobs: [PayloadBlob] = [],
        codec: PayloadCodec = .json, each: PayloadPath? = nil, captures: [TopicCapture] = []
    ) {
        self.device = device
        self.pointClass = pointClass
        self.topic = topic
        self.points = points
        self.blobs = blobs
        self.codec = codec
        self.each = each
        self.captures = captures
        self.stamp = stamp
        self.sequencePath = sequencePath
        self.statusTopic = statusTopic
        self.expectedPeriod = expectedPeriod
        self.maxFuture = maxFuture
        self.linkPoint = linkPoint
    }

    /// Every point that its payloads speak of.
    package var allPoints: [PointIndex] { points.map(\.point) + blobs.flatMap { $0.points.map(\.point) } }

    /// Its topic carries other devices too: a message without anything of this one is not about it.
    package var isSelective: Bool { choosesByPath || blobs.contains { $0.answer != nil } }

    /// It finds its device among others by what stands in the payload.
    var choosesByPath: Bool {
        let paths = points.map(\.path) + blobs.compactMap(\.path) + (each.map { [$0] } ?? [])
        return paths.contains { $0.steps.contains { if case .matching = $0 { true } else { false } } }
    }
}

/// One broker and what is subscribed there, always at QoS 1.
package struct BrokerLink: Sendable, Equatable {
    package var id: String
    package var host: String
    package var port: UInt16
    /// Fixed per station, so that the session survives.
    package var clientID: String
    package var username: String?
    /// The credential that holds the user's name, where the site does not give it itself.
    package var usernameCredential: String?
    package var passwordCredential: String?
    /// PEM file of the authority that signed the broker; nil: no TLS.
    package var certificateAuthority: String?
    package var clientCertificate: String?
    package var clientKeyCredential: String?
    package var keepAlive: Duration
    package var sessionExpiry: Duration
    package var receiveMaximum: UInt16
    package var maximumPacketSize: Int
    package var routes: [TopicRoute]
    /// `sys.<broker>.link`.
    package var linkPoint: PointIndex
    /// `sys.<broker>.quarantined`: how many payloads of the last ten minutes could not be used; nil: not watched.
    package var quarantinePoint: PointIndex?
    /// `sys.<broker>.dropped`: messages that the broker itself says it dropped in the last ten minutes; nil: not watched.
    package var droppedPoint: PointIndex?
    /// `sys.<broker>.gaps`: how often in the last ten minutes a device's own numbers skipped some; nil: not watched.
    package var gapPoint: PointIndex?

    package init(
        id: String, host: String, port: UInt16, clientID: String, username: String? = nil,
        passwordCredential: String? = nil, certificateAuthority: String? = nil, clientCertificate: String? = nil,
        clientKeyCredential: String? = nil, keepAlive: Duration = .seconds(15),
        sessionExpiry: Duration = .seconds(7 * 86_400), receiveMaximum: UInt16 = 256,
        maximumPacketSize: Int = 262_144, routes: [TopicRoute], linkPoint: PointIndex,
        quarantinePoint: PointIndex? = nil, droppedPoint: PointIndex? = nil
    ) {
        self.id = id
        self.host = host
        self.port = port
        self.clientID = clientID
        self.username = username
        self.passwordCredential = passwordCredential
        self.certificateAuthority = certificateAuthority
        self.clientCertificate = clientCertificate
        self.clientKeyCredential = clientKeyCredential
        self.keepAlive = keepAlive
        self.sessionExpiry = sessionExpiry
        self.receiveMaximum = receiveMaximum
        self.maximumPacketSize = maximumPacketSize
        self.routes = routes
        self.linkPoint = linkPoint
        self.quarantinePoint = quarantinePoint
        self.droppedPoint = droppedPoint
    }

    /// Carries SIS or gas points: backs off to 5 s at most.
    package var isSafety: Bool { routes.contains { $0.pointClass.isSafety } }
}
