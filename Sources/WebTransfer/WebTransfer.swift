// WebTransfer
