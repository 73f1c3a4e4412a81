package main

import (
	"fmt"
	"reflect"
	"sort"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"
)

// typed writes a value with the Go types that it arrived with: what tests compare is the shape on this side of the wire.
func typed(value interface{}) string {
	switch v := value.(type) {
	case nil:
		return "nil"
	case cty.Value:
		return "cty " + v.Type().FriendlyName()
	case time.Time:
		return "time.Time(" + v.UTC().Format(time.RFC3339Nano) + ")"
	case string:
		return fmt.Sprintf("string(%q)", v)
	case []byte:
		return fmt.Sprintf("[]uint8(%x)", v)
	}
	of := reflect.ValueOf(value)
	switch of.Kind() {
	case reflect.Map:
		var entries []string
		for _, key := range of.MapKeys() {
			entries = append(entries, fmt.Sprintf("%v: %s", key.Interface(), typed(of.MapIndex(key).Interface())))
		}
		sort.Strings(entries)
		return fmt.Sprintf("%T{%s}", value, strings.Join(entries, ", "))
	case reflect.Slice:
		var entries []string
		for i := 0; i < of.Len(); i++ {
			entries = append(entries, typed(of.Index(i).Interface()))
		}
		return fmt.Sprintf("%T[%s]", value, strings.Join(entries, ", "))
	}
	return fmt.Sprintf("%T(%v)", value, value)
}
