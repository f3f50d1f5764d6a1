import Foundation
import ProvenanceEncoding
import ProvenanceSystem
import TestSupport
import Testing

/// A program that is run to its end, or ended.
@Suite struct SubprocessTests {
    private func shell(_ script: String) -> Subprocess { Subprocess("sh", ["-c", RawPath(script)], folder: "/") }

    @Test func `It has the input, and tells status and both outputs`() throws {
        var program = shell("cat; echo words >&2; exit 3")
        program.input = Array("input".utf8)
        let ended = try program.run()
        #expect(ended.status == 3 && ended.output == program.input && ended.errors == Array("words\n".utf8))
        #expect(!ended.isCutOff && !ended.isStopped)
    }

    @Test(arguments: [false, true])
    func `One that is silent for too long is ended, and one that writes is not`(writes: Bool) throws {
        var program = shell(writes ? "for i in 1 2 3 4 5 6 7 8; do echo; sleep 0.5; done" : "sleep 300")
        program.maxQuietSeconds = 3
        let began = ContinuousClock.now
        let ended = try program.run()
        #expect(ended.isCutOff == !writes && !ended.isStopped && (ended.status == 0) == writes)
        #expect(ContinuousClock.now - began < .seconds(60))
    }

    @Test func `When it shall stop it ends with all that it started, although that ignores the signal`() throws {
        let folder = try TemporaryFolder()
        var program = shell("(trap '' TERM; sleep 6; touch '\(folder("late"))') & sleep 300")
        let end = ContinuousClock.now + .milliseconds(500)
        program.shouldStop = { ContinuousClock.now > end }
        let ended = try program.run()
        #expect(ended.isStopped && !ended.isCutOff && ended.status == 128 + SIGTERM)
        #expect(ContinuousClock.now - end < .seconds(5))
        sleep(7)
        #expect(!FileManager.default.fileExists(atPath: folder("late")))
    }
}
