# Pages and drawings: read, handed in whole and in chunks, a report and a form sent, a list made as it goes, one big body,
# one not there.
# hosts: srv-plant eng-pc1
# peers: nginx curl
# tools: nginx curl

server=$(address srv-plant)
mkdir -p "$state/www/drawings" "$state/work"
chmod 755 "$state" "$state/www"
sed "s,STATE,$state,g" "$LAB/conf/nginx.conf" >"$state/nginx.conf"
printf '<!DOCTYPE html>\n<title>Work orders</title>\n<p>Lathe 2: flange 4711\n' >"$state/www/index.html"
lines() { awk -v n="$1" 'BEGIN { print "%PDF-1.4"; for (i = 0; i < n; i++) printf "%d %d obj x%d\n", i, i * 7919 % 104729, i * i }'; }
lines 9000 >"$state/www/drawings/flange-4711.pdf"
lines 120 >"$state/work/sketch-12.pdf"
printf '%%\nO0815\nG00 X0 Z5\nG01 Z-20 F0.2\nM30\n%%\n' >"$state/work/o0815.nc"
printf '{"machine":"lathe2","pieces":118,"scrap":3}' >"$state/work/report.json"
chmod 777 "$state/www/drawings"

serve srv-plant nginx -p "$state" -c "$state/nginx.conf" -e "$state/nginx-error.log"
listening srv-plant 80
get() { on eng-pc1 curl -sS -o "$state/work/got" "http://$server$1"; }
get /
tell_file read eng-pc1 srv-plant / "$state/work/got"
get /drawings/flange-4711.pdf
tell_file read eng-pc1 srv-plant /drawings/flange-4711.pdf "$state/work/got"
on eng-pc1 curl -sS -T "$state/work/sketch-12.pdf" "http://$server/drawings/sketch-12.pdf"
tell_file write eng-pc1 srv-plant /drawings/sketch-12.pdf "$state/work/sketch-12.pdf"
on eng-pc1 curl -sS -H 'Transfer-Encoding: chunked' -T "$state/work/o0815.nc" "http://$server/drawings/o0815.nc"
tell_file write eng-pc1 srv-plant /drawings/o0815.nc "$state/work/o0815.nc"
on eng-pc1 curl -sS -H 'Content-Type: application/json' --data-binary @"$state/work/report.json" "http://$server/report"
tell_file write eng-pc1 srv-plant /report "$state/work/report.json"
on eng-pc1 curl -sS -d 'user=eng1&password=flange-4711!' "http://$server/report?login"
tell '{"fact":"secret","value":"flange-4711!"}'
get /drawings/
tell_file read eng-pc1 srv-plant /drawings/ "$state/work/got"
on eng-pc1 curl -sS -X DELETE "http://$server/drawings/sketch-12.pdf"
get /nothing-here
