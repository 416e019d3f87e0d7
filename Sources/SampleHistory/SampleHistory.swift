// SampleHistory
