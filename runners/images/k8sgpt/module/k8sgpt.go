// Package k8sgpt only names K8sGPT's command, so that `go mod tidy` keeps what it needs.
package k8sgpt

import _ "github.com/k8sgpt-ai/k8sgpt/cmd"
