// Command robfig writes what the cron library of Kubernetes' CronJob controller makes of many schedules, for
// schedule.test.ts: `go run . >../robfig-cron.tsv`. Each line is a schedule, a time zone, a moment, and a digest of the
// times after it. The digest is of the minutes at which the clock on the wall shows a time of the schedule, counted one by
// one; a fifth column is there where the library's own times are others.
package main

import (
	"bufio"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"time"
	_ "time/tzdata"

	"github.com/robfig/cron/v3"
)

const (
	most    = 40
	horizon = 800 * 24 * time.Hour
	star    = 1 << 63
)

var zones = []string{
	"UTC", "Europe/Berlin", "Europe/London", "Europe/Lisbon", "Atlantic/Azores", "America/New_York", "America/St_Johns",
	"America/Santiago", "America/Havana", "America/Nuuk", "Asia/Beirut", "Asia/Jerusalem", "Asia/Kathmandu",
	"Asia/Kolkata", "Australia/Adelaide", "Australia/Lord_Howe", "Australia/Sydney", "Pacific/Auckland",
	"Pacific/Chatham", "Pacific/Easter", "Pacific/Kiritimati", "Antarctica/Troll", "America/Los_Angeles",
}

// Written by hand: what the syntax allows, and what it does not.
var texts = strings.Split(`* * * * *
0 0 * * *
30 2 * * *
30 1 * * *
0 3 29 2 *
59 23 31 * *
0 0 31 2 *
0 0 30 2 *
0 0 13 * 5
0 0 13 * */1
0 0 */1 * 5
0 0 */2 * 1
0 0 1 * */2
0 0 ? * 1
0 0 1 * ?
0 0 *,5 * 1
0 0 5,* * 1
0 0 ?/1 * 1
? ? ? ? ?
*/7 */5 * * *
5/15 * * * *
5/1 0 * * *
10-40/7 6-16/4 * * 1-5
0 12 * JAN-mar,Dec Mon-FRI
0 12 * * SUN
0 12 * * fri-sat
0 12 * * 6,0
0 0 1-7 * mon
*/90 * * * *
*/59 * * * *
0-59/60 * * * *
0 0-23 * * *
0 0 1-31 * *
0 0 1-31 * 1
0 0 2 * 0-6
00 007 * * *
@hourly
@daily
@midnight
@weekly
@monthly
@yearly
@annually
60 * * * *
* 24 * * *
* * 0 * *
* * 32 * *
* * * 13 *
* * * 0 *
* * * * 7
* * * * 8
* * * * 5-7
* * * * sat-sun
5-1 * * * *
*/0 * * * *
1-5/0 * * * *
1/0 * * * *
-1 * * * *
1-2-3 * * * *
1/2/3 * * * *
1- * * * *
/5 * * * *
5/ * * * *
a * * * *
* * jan * *
mon * * * *
* * * mon *
* * * january *
* * * * monday
* * L * *
* * 15W * *
* * * * 5L
* * * * 1#2
H * * * *
1.5 * * * *
+5 * * * *
0x5 * * * *
1,2, * * * *
* * * *
* * * * * *
0 0 * * * 2026
@fortnightly
@reboot
@Daily
@every
*-5 * * * *
?-5 * * * *
** * * * *
*5 * * * *
`, "\n")

var fields = []struct {
	min, max int
	names    []string
}{
	{0, 59, nil}, {0, 23, nil}, {1, 31, nil},
	{1, 12, strings.Fields("jan feb mar apr may jun jul aug sep oct nov dec")},
	{0, 6, strings.Fields("sun mon tue wed thu fri sat")},
}

func main() {
	random := rand.New(rand.NewPCG(1, 2))
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for _, text := range texts {
		if text != "" {
			write(out, text, "UTC", moment(random))
		}
	}
	// Around each change of the clock of three years, by schedules of its hours.
	for _, zone := range zones[1:] {
		for _, change := range changes(zone) {
			for _, text := range []string{"0 0 * * *", "*/15 0-3,23 * * *", "50 1-3 * * *", "10 3 * * sun", "0 0 1 * 0", "0 * * * *"} {
				write(out, text, zone, change.Add(-36*time.Hour))
			}
		}
	}
	for range 700 {
		write(out, schedule(random), zones[random.IntN(len(zones))], moment(random))
	}
}

func write(out *bufio.Writer, text, zone string, from time.Time) {
	location, err := time.LoadLocation(zone)
	if err != nil {
		panic(err)
	}
	parsed, err := cron.ParseStandard(fmt.Sprintf("TZ=%s %s", zone, text))
	if err != nil {
		fmt.Fprintf(out, "%s\t%s\t\trefused\n", text, zone)
		return
	}
	spec := parsed.(*cron.SpecSchedule)
	by, own := digest(byMinutes(spec, location, from)), digest(byLibrary(spec, from))
	fmt.Fprintf(out, "%s\t%s\t%s\t%s", text, zone, from.Format(time.RFC3339), by)
	if by != own {
		fmt.Fprintf(out, "\t%s", own)
	}
	fmt.Fprintln(out)
}

func byLibrary(spec *cron.SpecSchedule, from time.Time) (times []int64) {
	for t := spec.Next(from); len(times) < most && !t.IsZero() && t.Before(from.Add(horizon)); t = spec.Next(t) {
		times = append(times, t.Unix()/60)
	}
	return times
}

func byMinutes(spec *cron.SpecSchedule, location *time.Location, from time.Time) (times []int64) {
	for t := from.Truncate(time.Minute).Add(time.Minute); len(times) < most && t.Before(from.Add(horizon)); t = t.Add(time.Minute) {
		wall := t.In(location)
		dom, dow := has(spec.Dom, wall.Day()), has(spec.Dow, int(wall.Weekday()))
		isDay := dom || dow
		if spec.Dom&star > 0 || spec.Dow&star > 0 {
			isDay = dom && dow
		}
		if isDay && has(spec.Month, int(wall.Month())) && has(spec.Hour, wall.Hour()) && has(spec.Minute, wall.Minute()) {
			times = append(times, t.Unix()/60)
		}
	}
	return times
}

func has(bits uint64, value int) bool { return bits&(1<<uint(value)) > 0 }

// digest is how many times there are, and the beginning of the sha256 of their minutes since the epoch.
func digest(times []int64) string {
	sum := sha256.Sum256([]byte(strings.Trim(strings.ReplaceAll(fmt.Sprint(times), " ", ","), "[]")))
	return fmt.Sprintf("%d:%x", len(times), sum[:5])
}

func changes(zone string) (found []time.Time) {
	location, _ := time.LoadLocation(zone)
	offset := func(t time.Time) int { _, seconds := t.In(location).Zone(); return seconds }
	for t := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC); t.Year() < 2028; t = t.Add(time.Hour) {
		if offset(t) != offset(t.Add(time.Hour)) {
			found = append(found, t)
		}
	}
	return found
}

func moment(random *rand.Rand) time.Time {
	return time.Date(2026, 1, 1, 0, 0, random.IntN(3*366*24*3600), 0, time.UTC)
}

func schedule(random *rand.Rand) string {
	all := make([]string, len(fields))
	for i := range fields {
		all[i] = "*"
		if random.IntN(10) < []int{9, 8, 5, 3, 5}[i] {
			parts := make([]string, 1+random.IntN(5)/3)
			for j := range parts {
				parts[j] = part(random, i)
			}
			all[i] = strings.Join(parts, ",")
		}
	}
	return strings.Join(all, " ")
}

func part(random *rand.Rand, field int) string {
	f := fields[field]
	value := func(from int) int { return from + random.IntN(f.max-from+1) }
	low := value(f.min)
	name := func(n int) string {
		if f.names != nil && random.IntN(2) == 0 {
			return f.names[n-f.min]
		}
		return fmt.Sprint(n)
	}
	text := []string{"*", "?", name(low), name(low), name(low) + "-" + name(value(low))}[random.IntN(5)]
	switch random.IntN(4) {
	case 0:
		text += fmt.Sprintf("/%d", 1+random.IntN(f.max))
	case 1:
		if random.IntN(20) == 0 {
			text += []string{"/0", "/", fmt.Sprint(f.max + 1)}[random.IntN(3)]
		}
	}
	return text
}
