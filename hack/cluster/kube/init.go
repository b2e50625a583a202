package main

import (
	"os"
	"os/signal"
	"syscall"
)

// runInit is process 1 of a node's PID namespace: it reaps what is orphaned there and ends on SIGTERM,
// upon which the kernel ends every other process of the namespace.
func runInit() {
	signals := make(chan os.Signal, 16)
	signal.Notify(signals, syscall.SIGCHLD, syscall.SIGTERM)
	for received := range signals {
		if received == syscall.SIGTERM {
			return
		}
		for {
			pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil)
			if err == syscall.EINTR {
				continue
			}
			if pid <= 0 {
				break
			}
		}
	}
}
