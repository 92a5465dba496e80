#!/bin/sh
# Runs the explorer with pictures as pixels in a real terminal without a screen, and takes a screenshot of it:
#
#   Tests/Terminals/screenshot.sh TERMINAL [FILE.png] [tmux]
#
# TERMINAL is xterm, mlterm, kitty or foot; with `tmux` the explorer runs within tmux. Nothing is forced: the explorer has
# to find out by itself how the terminal shows pictures. The screenshot is taken in the middle of a run of many steps;
# look at it. Afterwards the explorer is quit, and what it leaves on the screen is the file FILE-after.png.
#
# Needs Xvfb, ImageMagick's import and xdotool, a font, and for foot a Wayland compositor: on Debian the packages xvfb,
# imagemagick, xdotool, fonts-dejavu-core, xterm, mlterm, kitty, foot and weston. kitty is needed from 0.28 on, which is
# later than Debian 12's: KITTY=/path/to/kitty names another one. SECONDS_TO_RUN is when the screenshot is taken.
set -eu
terminal=${1:-}
file=${2:-$terminal.png}
within=${3:-}
program=$(realpath "${HALFLIGHT:-.build/release/halflight}")
seconds=${SECONDS_TO_RUN:-8}
case $terminal in
  xterm | mlterm | kitty | foot) ;;
  *)
    echo "usage: Tests/Terminals/screenshot.sh xterm|mlterm|kitty|foot [FILE.png] [tmux]" >&2
    exit 2 ;;
esac
needed=$terminal
case $terminal in
  kitty) needed=${KITTY:-kitty} ;;
  foot) needed="foot weston" ;;
esac
for tool in Xvfb import xdotool $needed $within "$program"; do
  command -v "$tool" >/dev/null || { echo "$tool: not found; see the comment in this script" >&2; exit 69; }
done

folder=$(mktemp -d)
started=
# Ends what was started here and nothing else.
leave() {
  for process in $started; do kill "$process" 2>/dev/null || true; done
  if [ -n "$within" ]; then tmux -S "$folder/tmux" kill-server 2>/dev/null || true; fi
  rm -rf "$folder"
}
trap leave EXIT
# A shell that a signal ends does not run the trap above.
trap 'exit 130' INT TERM HUP

# A display that nobody else has.
number=90
while [ -e "/tmp/.X11-unix/X$number" ] || [ -e "/tmp/.X$number-lock" ]; do number=$((number + 1)); done
Xvfb ":$number" -screen 0 1280x860x24 >"$folder/Xvfb.log" 2>&1 &
started="$started $!"
export DISPLAY=":$number"
tries=0
while [ ! -e "/tmp/.X11-unix/X$number" ] && [ $tries -lt 50 ]; do
  sleep 0.1
  tries=$((tries + 1))
done

# What other terminals left in the environment would be believed.
unset TMUX STY TERM_PROGRAM LC_TERMINAL KONSOLE_VERSION WEZTERM_EXECUTABLE NO_COLOR 2>/dev/null || true
export XDG_CONFIG_HOME="$folder" XDG_STATE_HOME="$folder" XDG_DATA_HOME="$folder" XDG_CACHE_HOME="$folder"
export LANG=C.UTF-8 LC_ALL=C.UTF-8 COLORTERM=truecolor
cat >"$folder/run" <<END
#!/bin/sh
cd "$folder"
"$program" "a red apple" --seed 7 --steps ${STEPS:-1000} --glyphs pixels
echo "left with \$?"
sleep 600
END
chmod +x "$folder/run"
command="$folder/run"
if [ -n "$within" ]; then
  printf 'set -g allow-passthrough on\nset -g default-terminal tmux-256color\n' >"$folder/tmux.conf"
  printf 'set -as terminal-features ",*:RGB"\nset -g status off\n' >>"$folder/tmux.conf"
  printf '#!/bin/sh\nexec tmux -S "%s" -f "%s" new "%s"\n' "$folder/tmux" "$folder/tmux.conf" "$command" >"$folder/tmux.sh"
  chmod +x "$folder/tmux.sh"
  command="$folder/tmux.sh"
fi

case $terminal in
  # A VT340 has sixel graphics. By default, xterm shows none above 1000 x 1000 pixels.
  xterm) xterm -ti vt340 -xrm '*maxGraphicSize: 4000x4000' -fa "DejaVu Sans Mono" -fs 11 -geometry 120x40+0+0 -e "$command" & ;;
  mlterm) mlterm -g 120x40 -e "$command" & ;;
  kitty)
    LIBGL_ALWAYS_SOFTWARE=1 "${KITTY:-kitty}" --config NONE -o initial_window_width=1200 \
      -o initial_window_height=800 -o remember_window_size=no "$command" & ;;
  foot)
    export XDG_RUNTIME_DIR="$folder"
    weston --backend=x11-backend.so --width=1240 --height=820 --socket=halflight >"$folder/weston.log" 2>&1 &
    started="$started $!"
    sleep 3
    WAYLAND_DISPLAY=halflight foot --window-size-chars=120x40 "$command" & ;;
esac
started="$started $!"

sleep "$seconds"
import -window root "$file"
echo "$file"
# Tab leaves the prompt; q quits, and once more if it asks.
for key in Tab q q; do
  xdotool key "$key"
  sleep 1
done
sleep 1
import -window root "${file%.png}-after.png"
echo "${file%.png}-after.png"
