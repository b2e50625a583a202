package main

import (
	"io"
	"os"
)

// exitWithParent ends this process when its standard input closes, if KUBE_EXIT_WITH_STDIN is set.
// A test that is killed can close nothing itself, but the kernel closes its end of the pipe.
func exitWithParent() {
	if os.Getenv("KUBE_EXIT_WITH_STDIN") == "" {
		return
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(1)
	}()
}
