/**
 * The tables of the index. Promises that all of it can be rebuilt from configuration, folders and
 * peers; nothing here is the only copy of anything but tombstones. Integers are numbers unless a
 * comment says ns or id of a file system (signed 64 bit).
 */
import type { SchemaSteps } from '../db/connection.ts'

const FIRST = `
-- Folders known to the index. 'key' is a local shorthand.
CREATE TABLE folder (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  -- Random, new when this index lost anything: (device, epoch, sequence) never repeats.
  epoch INTEGER NOT NULL,
  -- Greatest sequence given out in this epoch.
  sequence INTEGER NOT NULL,
  -- JSON: [[from, lost, to], ...], sequences of this epoch that this database does not know of: up to
  -- lost it may have given them out before an unclean stop, those behind were left out on purpose. Who
  -- has seen one of them knows more of us than we do.
  gaps TEXT NOT NULL,
  -- What this device holds live, kept in step with its statements: files, directories and links, and
  -- the bytes of the files.
  items INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  -- Grows with every change of a statement, ours or another device's.
  revision INTEGER NOT NULL,
  -- JSON of ScrubProgress: how far the pass over what is held has come; '' before the first.
  scrub TEXT NOT NULL DEFAULT '',
  -- Id of the ignore rules by which all of the folder was looked at in this life of the index; '' before
  -- the first time. Until then what is found may have lain there long before.
  seen_by TEXT NOT NULL DEFAULT '',
  -- JSON: mode and guard, as the configuration has them.
  policy TEXT NOT NULL
) STRICT;

-- Devices; key 1 is this one, key 0 is none.
CREATE TABLE device (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE
) STRICT;

-- The other devices of a folder and how far their index is here and ours is there.
CREATE TABLE sharing (
  folder INTEGER NOT NULL REFERENCES folder,
  device INTEGER NOT NULL REFERENCES device,
  -- Epoch and sequence up to which their statements are in this table.
  epoch INTEGER NOT NULL DEFAULT 0,
  sequence INTEGER NOT NULL DEFAULT 0,
  -- 1: in this epoch they told their whole index at least once, so that their silence means something.
  told INTEGER NOT NULL DEFAULT 0,
  -- Epoch and sequence of ours that they confirmed.
  acked_epoch INTEGER NOT NULL DEFAULT 0,
  acked_sequence INTEGER NOT NULL DEFAULT 0,
  -- Its mode of the folder (0 both ways, 1 send-only, 2 receive-only), and how many changes it knows and
  -- does not carry out until someone decides there, as it last said.
  mode INTEGER NOT NULL DEFAULT 0,
  holds_back INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (folder, device)
) STRICT, WITHOUT ROWID;

-- What each device says of each path; ours are the rows of device 1.
CREATE TABLE statement (
  folder INTEGER NOT NULL REFERENCES folder,
  path TEXT NOT NULL,
  device INTEGER NOT NULL REFERENCES device,
  epoch INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  -- 0 holds, 1 unwanted, 2 unplaceable, 3 damaged (reason of these two: an error code), 4 withheld
  -- (reason: why).
  stance INTEGER NOT NULL,
  reason TEXT NOT NULL,
  -- 0 file, 1 directory, 2 symlink.
  kind INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  size INTEGER NOT NULL,
  mode INTEGER NOT NULL,
  mtime_ns INTEGER NOT NULL,
  content_hash TEXT NOT NULL,
  replaced_hash TEXT NOT NULL,
  link_target TEXT NOT NULL,
  -- Manifest head; '' , 0, '' for anything but files.
  chunker TEXT NOT NULL,
  block_count INTEGER NOT NULL,
  root TEXT NOT NULL,
  author_device TEXT NOT NULL,
  author_name TEXT NOT NULL,
  -- JSON: [[replica, counter], ...] in canonical order.
  version TEXT NOT NULL,
  conflict_of TEXT NOT NULL,
  -- Fields of a newer protocol.
  unknown BLOB,
  PRIMARY KEY (folder, path, device)
) STRICT, WITHOUT ROWID;

-- Announcing walks one device's statements by sequence.
CREATE INDEX statement_by_sequence ON statement (folder, device, epoch, sequence);
-- Content that is here already need not be fetched.
CREATE INDEX statement_by_content ON statement (content_hash) WHERE device = 1 AND deleted = 0;

-- Content that is much alike, by way of its sketch.
CREATE INDEX statement_by_root ON statement (root) WHERE device = 1 AND deleted = 0 AND root <> '';

-- Conflict copies, few among many: asked for at every look at the folder.
CREATE INDEX statement_by_conflict ON statement (folder, path)
  WHERE device = 1 AND deleted = 0 AND stance = 0 AND conflict_of <> '';

-- What disks have spoiled, ours and others', hopefully nothing: asked for at every look at the folder.
CREATE INDEX statement_by_damage ON statement (folder, device, path) WHERE stance = 3;
-- Few among many: looked through when the mode of the folder changes.
CREATE INDEX statement_withheld ON statement (folder, path) WHERE device = 1 AND stance = 4;

-- The lstat read back when our statement was made; any difference means "look again".
CREATE TABLE disk (
  folder INTEGER NOT NULL REFERENCES folder,
  path TEXT NOT NULL,
  kind INTEGER NOT NULL,
  size INTEGER NOT NULL,
  mode INTEGER NOT NULL,
  mtime_ns INTEGER NOT NULL,
  ctime_ns INTEGER NOT NULL,
  -- Signed 64 bits of the file system's numbers.
  inode INTEGER NOT NULL,
  file_system INTEGER NOT NULL,
  -- 1: stamped so close to the lstat that a later write may bear the same stamp; hash it next time.
  racy INTEGER NOT NULL,
  -- 1: a directory that was deleted elsewhere and stays here for what is ignored in it.
  retained INTEGER NOT NULL,
  PRIMARY KEY (folder, path)
) STRICT, WITHOUT ROWID;

-- Who lacks what, derived from the statements of a path whenever one of them changes. Device 0 has
-- what is held here and wanted by none of the devices that share the folder: it has no copy elsewhere.
CREATE TABLE need (
  folder INTEGER NOT NULL REFERENCES folder,
  device INTEGER NOT NULL REFERENCES device,
  path TEXT NOT NULL,
  size INTEGER NOT NULL,
  -- 1: the device says that it cannot place this very record, or that its disk spoiled it; counted apart.
  stuck INTEGER NOT NULL,
  PRIMARY KEY (folder, device, path)
) STRICT, WITHOUT ROWID;

-- Few among many, listed at every look at the folder.
CREATE INDEX need_stuck ON need (folder, device, path) WHERE stuck = 1;

-- Number and bytes of each device's needs, kept by the triggers: asked for at every look at the folder.
CREATE TABLE need_total (
  folder INTEGER NOT NULL REFERENCES folder,
  device INTEGER NOT NULL REFERENCES device,
  items INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  -- Needs that are stuck, which are in neither of the two.
  stuck INTEGER NOT NULL,
  PRIMARY KEY (folder, device)
) STRICT, WITHOUT ROWID;

-- A need is never written with OR REPLACE: the row that gives way would go without a trigger.
CREATE TRIGGER need_added AFTER INSERT ON need BEGIN
  INSERT INTO need_total (folder, device, items, bytes, stuck)
    VALUES (new.folder, new.device, 1 - new.stuck, (1 - new.stuck) * new.size, new.stuck)
    ON CONFLICT (folder, device) DO UPDATE SET
      items = items + excluded.items, bytes = bytes + excluded.bytes, stuck = stuck + excluded.stuck;
END;
CREATE TRIGGER need_changed AFTER UPDATE OF size, stuck ON need BEGIN
  UPDATE need_total SET
      items = items + old.stuck - new.stuck, stuck = stuck - old.stuck + new.stuck,
      bytes = bytes - (1 - old.stuck) * old.size + (1 - new.stuck) * new.size
    WHERE folder = new.folder AND device = new.device;
END;
CREATE TRIGGER need_met AFTER DELETE ON need BEGIN
  UPDATE need_total SET
      items = items - (1 - old.stuck), bytes = bytes - (1 - old.stuck) * old.size, stuck = stuck - old.stuck
    WHERE folder = old.folder AND device = old.device;
END;

-- What a person sees of a folder, one row for each path that is held here or wanted, derived like the
-- needs: a directory's rows lie together in the order in which they are shown.
CREATE TABLE entry (
  folder INTEGER NOT NULL REFERENCES folder,
  -- Path of the directory; '' for the folder itself.
  parent TEXT NOT NULL,
  -- 0 directory, 1 anything else.
  rank INTEGER NOT NULL,
  name TEXT NOT NULL,
  PRIMARY KEY (folder, parent, rank, name)
) STRICT, WITHOUT ROWID;

-- What is not let through until a person decides, derived like the needs.
CREATE TABLE withheld (
  folder INTEGER NOT NULL REFERENCES folder,
  path TEXT NOT NULL,
  -- 0 out: what is here is not told to others as ours; 1 in: what others say is not carried out here.
  direction INTEGER NOT NULL,
  -- 0 mass change, 1 receive-only, 2 send-only.
  cause INTEGER NOT NULL,
  -- Who made the change.
  device INTEGER NOT NULL REFERENCES device,
  -- 0 deleted, 1 replaced, 2 added, 3 metadata.
  change INTEGER NOT NULL,
  -- 0 file, 1 directory, 2 symlink.
  kind INTEGER NOT NULL,
  -- Bytes of the content concerned.
  size INTEGER NOT NULL,
  -- Wall clock, ms, when it was first met.
  since_ms INTEGER NOT NULL,
  PRIMARY KEY (folder, path)
) STRICT, WITHOUT ROWID;
-- The pages of one group.
CREATE INDEX withheld_by_group ON withheld (folder, direction, cause, device, path);

-- Their number and bytes, kept by the triggers: asked for at every look at the folder.
CREATE TABLE withheld_total (
  folder INTEGER NOT NULL REFERENCES folder,
  direction INTEGER NOT NULL,
  cause INTEGER NOT NULL,
  device INTEGER NOT NULL REFERENCES device,
  change INTEGER NOT NULL,
  items INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  -- When the first of those that there are was met.
  since_ms INTEGER NOT NULL,
  PRIMARY KEY (folder, direction, cause, device, change)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER withheld_added AFTER INSERT ON withheld BEGIN
  INSERT INTO withheld_total (folder, direction, cause, device, change, items, bytes, since_ms)
    VALUES (new.folder, new.direction, new.cause, new.device, new.change, 1, new.size, new.since_ms)
    ON CONFLICT (folder, direction, cause, device, change) DO UPDATE SET
      since_ms = CASE items WHEN 0 THEN excluded.since_ms ELSE min(since_ms, excluded.since_ms) END,
      items = items + 1, bytes = bytes + excluded.bytes;
END;
CREATE TRIGGER withheld_over AFTER DELETE ON withheld BEGIN
  UPDATE withheld_total SET items = items - 1, bytes = bytes - old.size
    WHERE folder = old.folder AND direction = old.direction AND cause = old.cause
      AND device = old.device AND change = old.change;
END;

-- Plans of ours that would take content away here, by the device that asks for it: derived like the
-- needs, for the guard to count. What a person let through is no threat.
CREATE TABLE threat (
  folder INTEGER NOT NULL REFERENCES folder,
  path TEXT NOT NULL,
  -- 0 a file or link is deleted, 1 anything is replaced, 2 a directory is deleted.
  change INTEGER NOT NULL,
  device INTEGER NOT NULL REFERENCES device,
  PRIMARY KEY (folder, path)
) STRICT, WITHOUT ROWID;
CREATE INDEX threat_by_device ON threat (folder, change, device, path);

-- What the guard holds, and what a person let through of it; gone when nobody asks for the change any
-- more. Lost with the database: then nothing here is known to be older than what the others say, and
-- content that differs is kept as a conflict copy, so that nothing is lost without a word.
CREATE TABLE mark (
  folder INTEGER NOT NULL REFERENCES folder,
  path TEXT NOT NULL,
  -- Author of the change and the content it leads to, '' when it deletes.
  device INTEGER NOT NULL REFERENCES device,
  content_hash TEXT NOT NULL,
  approved INTEGER NOT NULL,
  PRIMARY KEY (folder, path)
) STRICT, WITHOUT ROWID;

-- How much content each device's changes (device 1: those made here) took away of late, in slots of time.
CREATE TABLE struck (
  folder INTEGER NOT NULL REFERENCES folder,
  device INTEGER NOT NULL REFERENCES device,
  -- Wall clock, in units of STRUCK_SLOT_MS.
  slot INTEGER NOT NULL,
  items INTEGER NOT NULL,
  PRIMARY KEY (folder, device, slot)
) STRICT, WITHOUT ROWID;

-- Pages of manifests of more than one block, by Merkle root; page -1 holds the roots of the pages.
CREATE TABLE manifest (
  root TEXT NOT NULL,
  page INTEGER NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY (root, page)
) STRICT, WITHOUT ROWID;

-- A few blocks of each of these manifests, the same ones in every file that has them: a file that was
-- renamed and edited is found by those that the edit left alone.
CREATE TABLE sketch (
  -- First 8 bytes of the block's hash, hex.
  block TEXT NOT NULL,
  root TEXT NOT NULL,
  PRIMARY KEY (block, root)
) STRICT, WITHOUT ROWID;
`

const ROOT_DEVICES = `
-- JSON: the device numbers that the root of the folder had of late, as strings, the newest first. What was
-- recorded with another number lay on a disk mounted below the root.
ALTER TABLE folder ADD COLUMN root_devices TEXT NOT NULL DEFAULT '[]';
`

const ROOT_DEVICE = `
-- The device number that the root of the folder had when it was opened last, signed as SQLite has it; NULL
-- before the first time. What is recorded with another number lay on a disk mounted below the root.
ALTER TABLE folder ADD COLUMN root_device INTEGER;
UPDATE folder SET root_device = CAST(json_extract(root_devices, '$[0]') AS INTEGER);
ALTER TABLE folder DROP COLUMN root_devices;
`

const SHARED_RULES = `
-- JSON: lines of the folder's own ignore rules as they could be read last in this life of the index; NULL
-- where there was no such file, or it was never read.
ALTER TABLE folder ADD COLUMN shared_rules TEXT;
`

export const INDEX_STEPS: SchemaSteps = [FIRST, ROOT_DEVICES, ROOT_DEVICE, SHARED_RULES]
