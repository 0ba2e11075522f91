"""What the people who run a site have done, in words: a sentence for each act that is noted."""

from __future__ import annotations

from collections.abc import Mapping

from intercom.domain.language import N_, Sentence

SENTENCES: Mapping[str, str] = {
    "alias_changed": N_("Alias changed: %(subject)s"),
    "alias_removed": N_("Alias removed: %(subject)s"),
    "appointed": N_("Appointed: %(subject)s"),
    "contact_person_ended": N_("No contact person any more: %(subject)s"),
    "contact_person_set": N_("Contact person named: %(subject)s"),
    "core_chosen": N_("Access core chosen: %(subject)s"),
    "core_step": N_("Access core set up further: %(subject)s"),
    "deletion_agreed": N_("Deletion of a profile agreed to"),
    "dismissed": N_("Dismissed: %(subject)s"),
    "display_changed": N_("Display changed: %(subject)s"),
    "duty_changed": N_("Duty list changed"),
    "entrance_added": N_("Entrance added: %(subject)s"),
    "entrance_removed": N_("Entrance removed: %(subject)s"),
    "entrance_renamed": N_("Entrance renamed: %(subject)s"),
    "fence_changed": N_("Fence changed: %(subject)s"),
    "floor_added": N_("Floor added: %(subject)s"),
    "floor_removed": N_("Floor removed: %(subject)s"),
    "floor_renamed": N_("Floor renamed: %(subject)s"),
    "floors_ordered": N_("Order of the floors changed"),
    "invitation_printed": N_("Letter printed for %(subject)s"),
    "invitation_resent": N_("Invitation sent again to %(subject)s"),
    "invitation_voided": N_("Invitation called back: %(subject)s"),
    "joined": N_("Joined: %(subject)s"),
    "lock_added": N_("Lock added: %(subject)s"),
    "lock_changed": N_("Lock changed: %(subject)s"),
    "lock_removed": N_("Lock removed: %(subject)s"),
    "looked_at_door": N_("Looked at the door without a ring: %(subject)s"),
    "ownership_transferred": N_("Ownership handed to %(subject)s"),
    "pairing_code_made": N_("Pairing code made for %(subject)s"),
    "panel_cloned": N_("Two devices use the key of one panel: %(subject)s"),
    "panel_moved": N_("Panel moved to another entrance: %(subject)s"),
    "panel_pin_changed": N_("PIN to leave the page changed: %(subject)s"),
    "panel_renamed": N_("Panel renamed: %(subject)s"),
    "panel_revoked": N_("Panel revoked: %(subject)s"),
    "panel_signed_off": N_("Panel signed off at its own screen: %(subject)s"),
    "site_released": N_("Site released"),
    "site_reopened": N_("Site taken out of service again"),
    "profile_completed": N_("Profile completed: %(subject)s"),
    "profile_deleted": N_("A profile was deleted"),
    "resident_activated": N_("Resident made active again: %(subject)s"),
    "resident_added": N_("Resident added: %(subject)s"),
    "resident_deactivated": N_("Resident deactivated: %(subject)s"),
    "resident_moved": N_("Resident moved: %(subject)s"),
    "resident_removed": N_("Resident removed: %(subject)s"),
    "resident_renamed": N_("Resident renamed: %(subject)s"),
    "residents_imported": N_("List of residents imported: %(subject)s"),
    "rules_changed": N_("Rules of the site changed"),
    "sign_made": N_("New sign for %(subject)s; the old one leads nowhere"),
    "sign_removed": N_("No page for visitors any more: %(subject)s"),
    "site_changed": N_("Data of the site changed"),
    "site_created": N_("Site made: %(subject)s"),
    "tone_chosen": N_("Tone chosen for %(subject)s"),
    "unit_added": N_("Unit added: %(subject)s"),
    "unit_changed": N_("Unit changed: %(subject)s"),
    "unit_hours_changed": N_("Opening hours changed: %(subject)s"),
    "unit_manager_dismissed": N_("No manager of the unit any more: %(subject)s"),
    "unit_manager_named": N_("Manager of the unit named: %(subject)s"),
    "unit_removed": N_("Unit removed: %(subject)s"),
    "visitor_blocked": N_("A visitor's phone was blocked: %(subject)s"),
}


def sentence(action: str, subject: str) -> str:
    """The act in words."""
    known = SENTENCES.get(action)
    if known is None:  # noted by a newer server
        return N_("%(act)s: %(subject)s", act=action.replace("_", " "), subject=subject)
    return Sentence(known, {"subject": subject})
