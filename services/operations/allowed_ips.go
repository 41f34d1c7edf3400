package operations

import (
	"maps"
	"net/netip"
	"strings"
)

// settingAllowedIPs is a setting that every protocol has: who may send callbacks. The gateway enforces it before an adapter sees anything, so
// adapters neither check nor know it.
const settingAllowedIPs = "allowed_ips"

// maxNetworks bounds the list, because the gateway goes through it for each callback.
const maxNetworks = 200

// allowedIPs reads the setting as prefixes; none means that everybody may. Errors: INTEGRATION_INVALID.
func allowedIPs(settings map[string]string) ([]string, error) {
	var out []string
	for item := range strings.SplitSeq(settings[settingAllowedIPs], ",") {
		if item = strings.TrimSpace(item); item == "" {
			continue
		}
		prefix, err := netip.ParsePrefix(item)
		if err != nil {
			addr, err := netip.ParseAddr(item)
			if err != nil || addr.Zone() != "" {
				return nil, integrationInvalid(map[string]string{"field": settingAllowedIPs, "problem": "must be addresses and networks, separated by commas"})
			}
			prefix = netip.PrefixFrom(addr, addr.BitLen())
		}
		if prefix.Addr().Is4In6() {
			return nil, integrationInvalid(map[string]string{"field": settingAllowedIPs, "problem": "must have IPv4 addresses as such"})
		}
		out = append(out, prefix.Masked().String())
	}
	if len(out) == 0 && strings.TrimSpace(settings[settingAllowedIPs]) != "" { // separators alone were not meant to let everybody in
		return nil, integrationInvalid(map[string]string{"field": settingAllowedIPs, "problem": "names nobody; leave it empty to let everybody in"})
	}
	if len(out) > maxNetworks {
		return nil, integrationInvalid(map[string]string{"field": settingAllowedIPs, "problem": "has too many networks"})
	}
	return out, nil
}

// ofProtocol are the settings that an adapter knows.
func ofProtocol(settings map[string]string) map[string]string {
	if _, has := settings[settingAllowedIPs]; !has {
		return settings
	}
	out := maps.Clone(settings)
	delete(out, settingAllowedIPs)
	return out
}
