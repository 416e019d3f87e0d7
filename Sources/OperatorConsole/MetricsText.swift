import PlantModel

/// The text that Prometheus reads (exposition format 0.0.4): one family after the other, each with its help and type.
enum MetricsText {
    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// - Parameter metrics: in any order; samples of one name are brought together where the name first came.
    static func exposition(_ metrics: [Metric]) -> String {
        var families: [String: [Metric]] = [:]
        var order: [String] = []
        for metric in metrics {
            let family = family(of: metric)
            if families[family] == nil { order.append(family) }
            families[family, default: []].append(metric)
        }
        var text = ""
        for name in order {
            let samples = families[name] ?? []
            guard let first = samples.first else { continue }
            text += "# HELP \(name) \(escaped(first.help, quotes: false))\n# TYPE \(name) \(first.kind.rawValue)\n"
            for sample in samples { text += "\(sample.name)\(labels(sample.labels)) \(number(sample.value))\n" }
        }
        return text
    }

    /// The samples of a histogram are named after it.
    private static func family(of metric: Metric) -> String {
        guard metric.kind == .histogram else { return metric.name }
        for suffix in ["_bucket", "_sum", "_count"] where metric.name.hasSuffix(suffix) {
            return String(metric.name.dropLast(suffix.count))
        }
        return metric.name
    }

    private static func labels(_ labels: [(String, String)]) -> String {
        guard !labels.isEmpty else { return "" }
        return "{" + labels.map { "\($0.0)=\"\(escaped($0.1, quotes: true))\"" }.joined(separator: ",") + "}"
    }

    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return JSONText.number(value).encoded
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        var out = text.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
        if quotes { out.replace("\"", with: "\\\"") }
        return out
    }
}
