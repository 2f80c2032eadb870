package sink_test

import (
	"testing"

	"github.com/directory-sync/syncd/sink/mmsim"
)

// TestSeatsOfALicense: what the server enforces counts before what the license
// says, and an unlicensed server has the limit of its version.
func TestSeatsOfALicense(t *testing.T) {
	tests := []struct {
		name     string
		config   mmsim.Config
		limit    int
		licensed bool
	}{
		{"5.37", mmsim.Config{Version: "5.37.0"}, 0, false},
		{"5.37, licensed: no server so old enforces it", mmsim.Config{Version: "5.37.0", Licensed: true, LicenseSeats: 7}, 7, true},
		{"11.6", mmsim.Config{Version: "11.6.0"}, 250, false},
		{"11.6, licensed", mmsim.Config{Version: "11.6.0", Licensed: true, LicenseSeats: 7}, 7, true},
		{"11.6, licensed and enforced, with extra users", mmsim.Config{Version: "11.6.0", Licensed: true, SeatLimit: 9, LicenseSeats: 7}, 9, false},
		{"11.6, licensed for any number", mmsim.Config{Version: "11.6.0", Licensed: true}, 0, false},
	}
	for _, tt := range tests {
		_, p := simulate(t, tt.config)
		f, err := p.sink(t).Facts(t.Context())
		if err != nil || f.SeatLimit != tt.limit || f.SeatsLicensed != tt.licensed || f.ActiveUsers != 1 {
			t.Errorf("%s: got %d of %d seats, licensed %v, %v; want 1 of %d, %v", tt.name, f.ActiveUsers, f.SeatLimit, f.SeatsLicensed, err, tt.limit, tt.licensed)
		}
	}
}
