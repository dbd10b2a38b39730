# The first process of a lab: its end is the end of every process, mount and network of the lab.
set -e
mount -t tmpfs -o mode=755 tmpfs /run
mkdir /run/netns
ip link set lo up
ip link add hub type bridge
ip link set hub up
echo ready
# Waits without a process of its own, and for bash reaps whatever is orphaned in the lab.
while read -r _; do :; done
