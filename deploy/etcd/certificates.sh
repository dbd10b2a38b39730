#!/bin/sh
# Makes an authority, and certificates signed by it, for an etcd with TLS. Nothing that exists is overwritten.
#
#   certificates.sh DIRECTORY NAME=ADDRESS[,ADDRESS…] … NAME …
#
# NAME=ADDRESS,… is a member of etcd with the host names and IP addresses that others use for it: NAME.crt serves its
# clients and its peers. A bare NAME is a client: etcd takes the certificate for the user of that name.
# The authority, ca.crt and ca.key, is made when there is none, and used again when there is. Whoever has ca.key can
# be any user: keep it away from the nodes.
#
#   certificates.sh tls etcd-1=198.18.0.101 etcd-2=198.18.0.102,etcd-2.lan root registrar subscriber
set -eu
umask 077

fail() {
    echo "certificates.sh: $*" >&2
    exit 1
}

[ $# -ge 2 ] || fail "usage: certificates.sh DIRECTORY NAME=ADDRESS[,ADDRESS…] … NAME …"
command -v openssl >/dev/null || fail "openssl is not installed"

directory=$1
shift
authority_days=3650
certificate_days=825

# Everything is looked at before anything is written.
if [ -e "$directory/ca.crt" ] || [ -e "$directory/ca.key" ]; then
    [ -e "$directory/ca.crt" ] && [ -e "$directory/ca.key" ] ||
        fail "$directory has one of ca.crt and ca.key without the other"
fi
seen=" "
for wanted in "$@"; do
    name=${wanted%%=*}
    case $seen in
    *" $name "*) fail "$name is named twice" ;;
    esac
    seen="$seen$name "
    case $name in
    "" | ca | *[!A-Za-z0-9._-]*) fail "\"$name\" cannot be the name of a certificate: letters, digits, . _ and -, not ca" ;;
    esac
    for file in "$name.crt" "$name.key"; do
        [ ! -e "$directory/$file" ] || fail "$directory/$file exists and is not overwritten"
    done
done

mkdir -p "$directory"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM

if [ ! -e "$directory/ca.crt" ]; then
    openssl ecparam -name prime256v1 -genkey -noout -out "$work/ca.key"
    printf '%s\n' '[req]' 'distinguished_name=name' '[name]' '[authority]' \
        'basicConstraints=critical,CA:TRUE' 'keyUsage=critical,keyCertSign,cRLSign' 'subjectKeyIdentifier=hash' \
        >"$work/ca.conf"
    openssl req -x509 -new -key "$work/ca.key" -out "$work/ca.crt" -days $authority_days \
        -subj "/CN=fairway etcd authority" -config "$work/ca.conf" -extensions authority
    mv "$work/ca.key" "$work/ca.crt" "$directory/"
    echo "made $directory/ca.crt and ca.key, an authority for $authority_days days"
fi

# The names and addresses of a member, as a certificate lists them.
alternatives() {
    list=DNS:$1,DNS:localhost,IP:127.0.0.1
    old_ifs=$IFS
    IFS=,
    for address in $2; do
        case $address in
        *:*) list=$list,IP:$address ;;
        *[!0-9.]*) list=$list,DNS:$address ;;
        *) list=$list,IP:$address ;;
        esac
    done
    IFS=$old_ifs
    echo "$list"
}

for wanted in "$@"; do
    name=${wanted%%=*}
    printf '%s\n' 'basicConstraints=critical,CA:FALSE' 'keyUsage=critical,digitalSignature' >"$work/extensions"
    case $wanted in
    *=*)
        printf '%s\n' 'extendedKeyUsage=serverAuth,clientAuth' \
            "subjectAltName=$(alternatives "$name" "${wanted#*=}")" >>"$work/extensions"
        use="member of etcd at ${wanted#*=}"
        ;;
    *)
        echo 'extendedKeyUsage=clientAuth' >>"$work/extensions"
        use="client, etcd's user $name"
        ;;
    esac
    openssl ecparam -name prime256v1 -genkey -noout -out "$work/$name.key"
    openssl req -new -key "$work/$name.key" -out "$work/request" -subj "/CN=$name"
    openssl x509 -req -in "$work/request" -out "$work/$name.crt" -days $certificate_days -extfile "$work/extensions" \
        -CA "$directory/ca.crt" -CAkey "$directory/ca.key" -set_serial "0x$(openssl rand -hex 16)" 2>"$work/errors" ||
        fail "$name.crt could not be signed: $(cat "$work/errors")"
    mv "$work/$name.key" "$work/$name.crt" "$directory/"
    echo "made $directory/$name.crt and $name.key for $certificate_days days: $use"
done
