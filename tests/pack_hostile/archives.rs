//! Archives that hold more than files inside of themselves.

use std::fs;
use std::io::Write;
use std::path::Path;

use snapbox::{assert_data_eq, str};

use crate::support::packs::{PACK, folder, render, text, unreadable};

/// A tar entry as a hostile archive has it, whatever the tar crate itself would refuse to write.
fn tar_entry(path: &str, kind: u8, link: &str, bytes: &[u8]) -> Vec<u8> {
    let mut header = tar::Header::new_ustar();
    header.as_mut_bytes()[..path.len()].copy_from_slice(path.as_bytes());
    header.as_mut_bytes()[157..157 + link.len()].copy_from_slice(link.as_bytes());
    header.set_entry_type(tar::EntryType::new(kind));
    header.set_size(bytes.len() as u64);
    header.set_mode(0o644);
    header.set_cksum();
    let mut entry = header.as_bytes().to_vec();
    entry.extend_from_slice(bytes);
    entry.resize(entry.len().div_ceil(512) * 512, 0);
    entry
}

fn tar_gz(at: &Path, entries: &[Vec<u8>]) {
    let file = fs::File::create(at).unwrap();
    let mut gz = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
    gz.write_all(&tar_entry("pack.yaml", b'0', "", PACK.as_bytes()))
        .unwrap();
    for entry in entries {
        gz.write_all(entry).unwrap();
    }
    gz.write_all(&[0; 1024]).unwrap();
    gz.finish().unwrap();
}

#[test]
fn archives_hold_files_inside_of_themselves_and_nothing_else() {
    let folder = folder();
    let at = folder.path().join("acme.tar.gz");
    for (entry, reason) in [
        (
            tar_entry("templates/../../x", b'0', "", b"x"),
            str!["pack `PACK`: `templates/../../x` leads out of the archive"],
        ),
        (
            tar_entry("/etc/x", b'0', "", b"x"),
            str!["pack `PACK`: `/etc/x` leads out of the archive"],
        ),
        (
            tar_entry("C:/x", b'0', "", b"x"),
            str!["pack `PACK`: `C:/x` leads out of the archive"],
        ),
        (
            tar_entry("templates/base/files/a", b'2', "/etc/passwd", b""),
            str![
                "pack `PACK`: `templates/base/files/a` is a link or a device, which a pack cannot have"
            ],
        ),
        (
            tar_entry("templates/base/files/a", b'1', "pack.yaml", b""),
            str![
                "pack `PACK`: `templates/base/files/a` is a link or a device, which a pack cannot have"
            ],
        ),
        (
            tar_entry("templates/base/files/a", b'3', "", b""),
            str![
                "pack `PACK`: `templates/base/files/a` is a link or a device, which a pack cannot have"
            ],
        ),
        (
            tar_entry("templates/base/files/a", b'6', "", b""),
            str![
                "pack `PACK`: `templates/base/files/a` is a link or a device, which a pack cannot have"
            ],
        ),
        (
            tar_entry("templates", b'2', "/etc", b""),
            str!["pack `PACK`: `templates` is a link or a device, which a pack cannot have"],
        ),
        (
            tar_entry("pack.yaml", b'0', "", b"name: b"),
            str!["pack `PACK`: `pack.yaml` is there twice"],
        ),
        (
            vec![1; 512],
            str!["there is no pack at `PACK`: it is no archive that can be read: [..]"],
        ),
    ] {
        tar_gz(&at, &[entry]);
        assert_data_eq!(unreadable(&at), reason);
    }
    // Sixty-four MiB of nothing, beside the pack, in a few kilobytes.
    let zeros = vec![0; 1024 * 1024];
    let entries: Vec<Vec<u8>> = (0..65)
        .map(|n| tar_entry(&format!("docs/{n}"), b'0', "", &zeros))
        .collect();
    tar_gz(&at, &entries);
    assert_data_eq!(
        unreadable(&at),
        str![
            "there is no pack at `PACK`: it is no archive that can be read: it unpacks to more than 64 MiB"
        ]
    );
}

#[test]
fn zip_archives_are_held_to_the_same() {
    use zip::write::SimpleFileOptions;
    let folder = folder();
    let at = folder.path().join("acme.zip");
    let write_zip = |path: &str, link: bool| {
        let mut zip = zip::ZipWriter::new(fs::File::create(&at).unwrap());
        zip.start_file("pack.yaml", SimpleFileOptions::default())
            .unwrap();
        zip.write_all(PACK.as_bytes()).unwrap();
        if link {
            zip.add_symlink(path, "/etc/passwd", SimpleFileOptions::default())
                .unwrap();
        } else {
            zip.start_file(path, SimpleFileOptions::default()).unwrap();
            zip.write_all(b"x").unwrap();
        }
        zip.finish().unwrap();
    };
    write_zip("templates/base/files/a.txt", true);
    assert_data_eq!(
        unreadable(&at),
        str![
            "pack `PACK`: `templates/base/files/a.txt` is a link or a device, which a pack cannot have"
        ]
    );
    write_zip("templates/../../a.txt", false);
    assert_data_eq!(
        unreadable(&at),
        str!["pack `PACK`: `templates/../../a.txt` leads out of the archive"]
    );
    write_zip("templates/base/files/a.txt", false);
    assert_eq!(text(&render("name: shop\n", &[&at]).unwrap(), "a.txt"), "x");
}
