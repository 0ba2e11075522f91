// Generated from intercom/signaling/wire.py by scripts/generate. Do not edit.

export interface Block {
  call: string;
  hours: "1" | "24";
}

export interface By {
  person: string;
  device: string;
  you: boolean;
}

export interface CallOnly {
  call: string;
}

export interface CallToPanel {
  call: string;
  entry: EntryOut;
  stage: "calling" | "ringing" | "connecting" | "established" | "ended";
  leg: string | null;
  legs: string[];
  ice_servers: IceServerOut[];
  relay: boolean;
  reason: string | null;
  ended_by: "caller" | "resident" | "server" | null;
  camera: boolean;
  lost: boolean;
  now: number;
  ring_seconds: number;
  deadline: number;
  established_at: number | null;
  opens_at: number | null;
}

export interface CallToResident {
  call: string;
  leg: string;
  stage: "connecting" | "established" | "ended";
  reason: string | null;
  ended_by: "you" | "visitor" | "server" | null;
  by: By | null;
  lost: boolean;
  deadline: number;
  established_at: number | null;
  evidence: EvidenceOut;
  now: number;
}

export interface Camera {
  call: string;
  leg: string;
  on: boolean;
}

export interface CameraToPanel {
  call: string;
  leg: string;
  on: boolean;
}

export interface Candidate {
  candidate: string;
  sdpMid?: string | null;
  sdpMLineIndex?: number | null;
  usernameFragment?: string | null;
}

export interface Candidates {
  call: string;
  leg: string;
  attempt?: number;
  candidates: Candidate[];
}

export interface Door {
  call: string | null;
  opening: string;
  request: string | null;
  lock: string;
  lock_name: string;
  state: "asked" | "sent" | "opened" | "not_confirmed" | "refused";
  code: string | null;
  message: string | null;
  at: number;
  now: number;
  relocks_at: number | null;
  by: By | null;
}

export interface DoorOut {
  entrance: EntranceOut;
  locks: LockOut[];
  asks: string[];
  position: boolean;
  look: boolean;
}

export interface EntranceOut {
  id: string;
  name: string;
}

export interface EntryOut {
  id: string;
  name: string;
  unit: string;
  floor: string;
  contact: boolean;
}

export interface EvidenceOut {
  place: "inside" | "outside" | "unknown";
  source: "panel" | "position" | "scan" | "word" | "none";
  at: number;
}

export interface EvidenceToResident {
  call: string;
  leg: string;
  evidence: EvidenceOut;
}

export interface HistoryChanged {
  call: string | null;
}

export interface IceServerOut {
  urls: string[];
  username: string | null;
  credential: string | null;
}

export interface Invite {
  call: string;
  leg: string;
  stage: "calling" | "ringing" | "connecting" | "established";
  accepted: boolean;
  early: boolean;
  relay: boolean;
  site: SiteOut;
  entrance: EntranceOut;
  entry: EntryOut;
  also: string[];
  locks: LockOut[];
  asks: string[];
  ice_servers: IceServerOut[];
  expires_at: number;
  now: number;
  ring_seconds: number;
  visitor: boolean;
  evidence: EvidenceOut;
}

export interface Language {
  language: string;
}

export interface LeaveNote {
  call: string;
  text: string;
}

export interface LegMessage {
  call: string;
  leg: string;
}

export interface LegToPanel {
  call: string;
  leg: string;
  stage: "invited" | "ringing" | "accepted" | "ended";
}

export interface LockOut {
  id: string;
  name: string;
  online: boolean;
  since: number | null;
  held_open: boolean;
  until: number | null;
  battery_low: boolean;
  left_open_since: number | null;
  trouble: string | null;
  message: string | null;
  open_seconds: number;
}

export interface LockState {
  lock: LockOut;
  entrance: string;
}

export interface LookAt {
  entrance: string;
}

export interface LookOnly {
  look: string;
}

export interface LookOver {
  look: string;
  reason: "stopped" | "time" | "ring" | "offline";
}

export interface LookToPanel {
  look: string;
  ice_servers: IceServerOut[];
  relay: boolean;
  until: number;
  now: number;
}

export interface Missed {
  call: string;
  entrance: EntranceOut;
  at: number;
}

export interface OpenDoor {
  call?: string | null;
  lock: string;
  request: string;
  pin?: string | null;
  code?: string | null;
  position?: Position | null;
}

export interface PhonebookToPanel {
  site: SiteOut;
  entrance: EntranceOut;
  entries: EntryOut[];
  tone: string;
}

export interface Position {
  latitude: number;
  longitude: number;
  accuracy: number;
  at: number;
}

export interface PositionWanted {
  call: string;
}

export interface ReadyPanel {
  panel: string;
  name: string;
  site: SiteOut;
  entrance: EntranceOut;
  entries: EntryOut[];
  tone: string;
  visitor: VisitorHere | null;
  call: CallToPanel | null;
  now: number;
  version: string;
  protocol: number;
}

export interface ReadyResident {
  device: string;
  device_name: string;
  person: string;
  unit: string;
  site: SiteOut;
  doors: DoorOut[];
  factor: "pin" | "code";
  dnd: boolean;
  now: number;
  protocol: number;
}

export interface Refusal {
  ok: false;
  error: { code: "accepted_elsewhere" | "bad_file" | "bad_message" | "blocked" | "call_ended" | "call_in_progress" | "cannot_record" | "cannot_ring" | "closed_hours" | "code_needed" | "code_wrong" | "core_down" | "core_refused" | "fence_unknown" | "held_open" | "in_use" | "interrupted" | "invalid" | "link_over" | "lock_offline" | "no_account" | "no_confirmation" | "no_pin" | "no_reply" | "no_subscription" | "not_allowed" | "not_answering_party" | "not_at_door" | "not_enrolled" | "not_found" | "not_in_call" | "not_now" | "not_released" | "not_signed_in" | "old_sign" | "otp_blocked" | "otp_invalid" | "our_fault" | "outside_fence" | "passkey_refused" | "password_again" | "pin_needed" | "pin_wrong" | "position_needed" | "provider_failed" | "removed" | "second_step_needed" | "second_step_over" | "stale" | "taken" | "too_large" | "too_many" | "too_many_rings" | "try_later" | "unknown_call" | "unknown_entry" | "unknown_event" | "visit_over" | "word_needed" | "wrong_code" | "wrong_credentials" | "wrong_lock" | "wrong_method" | "wrong_word"; message: string; details: Record<string, unknown> };
}

export interface Replaced {
  message: string;
}

export interface ReplyToPanel {
  call: string;
  text: string;
  at: number;
}

export interface Ring {
  position?: Position | null;
  scan?: string | null;
  word?: string | null;
  entry: string;
}

export interface Search {
  text: string;
}

export interface SessionDescription {
  call: string;
  leg: string;
  attempt?: number;
  type: "offer" | "answer";
  sdp: string;
  signature?: string | null;
  restarts?: boolean;
}

export interface Silence {
  call: string;
  leg: string;
  seconds: number;
}

export interface SiteOut {
  id: string;
  name: string;
  plate: string;
  time_zone: string;
}

export interface Stand {
  position?: Position | null;
  scan?: string | null;
  word?: string | null;
  call: string;
}

export interface Status {
  dnd?: boolean | null;
  on_the_phone?: boolean | null;
}

export interface Stop {
  call: string;
  leg: string;
  reason: string;
  by: By | null;
  missed: boolean;
  now: number;
}

export interface TestRing {
  test: string;
  seconds: number;
}

export interface VisitorHere {
  fence: "off" | "advise" | "enforce";
  letters: number;
}

export interface PanelMessages {
  ring: Ring;
  hang_up: CallOnly;
  sdp: SessionDescription;
  candidates: Candidates;
  media_up: LegMessage;
  renegotiate: LegMessage;
  silence: Silence;
  wait: CallOnly;
  stop_waiting: CallOnly;
  choices: CallOnly;
  note: LeaveNote;
  position: Stand;
  search: Search;
  language: Language;
}

export interface ToPanel {
  ready: ReadyPanel;
  phonebook: PhonebookToPanel;
  call: CallToPanel;
  leg: LegToPanel;
  sdp: SessionDescription;
  candidates: Candidates;
  door: Door;
  reply: ReplyToPanel;
  camera: CameraToPanel;
  look: LookToPanel;
  look_over: LookOver;
  position_wanted: PositionWanted;
  replaced: Replaced;
}

export interface ResidentMessages {
  ringing: LegMessage;
  accept: LegMessage;
  decline: LegMessage;
  hang_up: CallOnly;
  sdp: SessionDescription;
  candidates: Candidates;
  media_up: LegMessage;
  media_failed: LegMessage;
  silence: Silence;
  camera: Camera;
  extend: LegMessage;
  open_door: OpenDoor;
  block: Block;
  status: Status;
  look: LookAt;
  stop_looking: LookOnly;
}

export interface ToResident {
  ready: ReadyResident;
  invite: Invite;
  stop: Stop;
  call: CallToResident;
  sdp: SessionDescription;
  candidates: Candidates;
  renegotiate: LegMessage;
  door: Door;
  evidence: EvidenceToResident;
  missed: Missed;
  history: HistoryChanged;
  look_over: LookOver;
  test_ring: TestRing;
  lock: LockState;
  replaced: Replaced;
}
