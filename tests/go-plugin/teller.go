package main

import (
	"errors"
	"fmt"
	"io"
)

// teller stands in for the Ui that a data source does not get: it keeps what is said.
type teller struct{ lines []string }

func (t *teller) Say(text string)                      { t.lines = append(t.lines, text) }
func (t *teller) Sayf(format string, a ...interface{}) { t.Say(fmt.Sprintf(format, a...)) }
func (t *teller) Message(text string)                  { t.Say(text) }
func (t *teller) Error(text string)                    { t.Say(text) }
func (t *teller) Errorf(format string, a ...interface{}) {
	t.Say(fmt.Sprintf(format, a...))
}
func (t *teller) Machine(category string, _ ...string)        { t.Say(category) }
func (t *teller) Ask(string) (string, error)                  { return "", errors.New("nobody to ask") }
func (t *teller) Askf(string, ...interface{}) (string, error) { return t.Ask("") }
func (t *teller) TrackProgress(_ string, _, _ int64, stream io.ReadCloser) io.ReadCloser {
	return stream
}
