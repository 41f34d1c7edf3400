package postgres

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// account is the user that runs the server. PostgreSQL refuses to run as root.
type account struct {
	drop     bool // this process is root and must change to uid
	uid, gid int
}

// nobody is the customary number of the unprivileged user, where no such name exists.
const nobody = 65534

// chooseAccount returns who runs the cluster in the engine folder dir: this process's user, or, when that is root,
// the owner of the cluster or of the folder, or the user nobody when that is root as well.
func chooseAccount(dir string) (account, error) {
	uid := os.Geteuid()
	owner, ownerGroup, err := ownerOf(dir)
	if err != nil {
		return account{}, fmt.Errorf("data folder: %w", err)
	}
	if uid != 0 {
		if owner != uid {
			return account{}, &OwnerError{Dir: dir, Owner: owner, UID: uid}
		}
		return account{uid: uid, gid: os.Getegid()}, nil
	}
	if data, group, err := ownerOf(filepath.Join(dir, "data")); err == nil {
		owner, ownerGroup = data, group
	} else if !errors.Is(err, fs.ErrNotExist) {
		return account{}, fmt.Errorf("data folder: %w", err)
	}
	if owner != 0 {
		return account{drop: true, uid: owner, gid: ownerGroup}, nil
	}
	who := account{drop: true, uid: nobody, gid: nobody}
	if u, err := user.Lookup("nobody"); err == nil {
		if id, err := strconv.Atoi(u.Uid); err == nil && id > 0 {
			who.uid = id
		}
		if id, err := strconv.Atoi(u.Gid); err == nil && id > 0 {
			who.gid = id
		}
	}
	return who, nil
}

func ownerOf(name string) (uid, gid int, err error) {
	info, err := os.Stat(name)
	if err != nil {
		return 0, 0, err
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, 0, fmt.Errorf("%s: owner unknown on this system", name)
	}
	return int(st.Uid), int(st.Gid), nil
}

// own gives name to the account, when this process is root and may.
func (a account) own(name string) error {
	if !a.drop {
		return nil
	}
	if err := os.Lchown(name, a.uid, a.gid); err != nil {
		return fmt.Errorf("giving a folder to the user who runs PostgreSQL: %w", err)
	}
	return nil
}

func (a account) attributes() *syscall.SysProcAttr {
	// An own process group: Ctrl-C in a terminal reaches this process alone, which stops the server after those
	// that use it.
	attr := &syscall.SysProcAttr{Setpgid: true}
	if a.drop {
		attr.Credential = &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)}
	}
	return attr
}
