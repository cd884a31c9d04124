/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-doctor"

#include "cpu-allowance.h"

#include <errno.h>
#include <glib/gstdio.h>

#include "error.h"
#include "host.h"

#include <glib/gi18n.h>

/* Which processors the host's own programs may run on: systemd's AllowedCPUs of the units that hold
 * all of them, set until the next boot (systemd.resource-control(5), org.freedesktop.systemd1(5)).
 * Guests of libvirt's system daemon are in machine.slice, which is left alone.
 *
 * What is in force is always read from systemd. The one thing that cannot be read there any more is
 * what was in force before, so a note of it is on disk before anything is changed; it counts for
 * this boot only, and for a unit only as long as systemd still has what the note says was set: if
 * somebody else has set the unit since, it is theirs. All of this waits, also for the user who is
 * asked for a password: run it in a thread. */

#define SYSTEMD "org.freedesktop.systemd1"

typedef struct
{
  const char *name;
  const char *path;
  const char *interface;
} Unit;

static const Unit units[] = {
  { "user.slice", "/org/freedesktop/systemd1/unit/user_2eslice", SYSTEMD ".Slice" },
  { "system.slice", "/org/freedesktop/systemd1/unit/system_2eslice", SYSTEMD ".Slice" },
  { "init.scope", "/org/freedesktop/systemd1/unit/init_2escope", SYSTEMD ".Scope" },
};

#define N_UNITS G_N_ELEMENTS (units)

typedef struct
{
  HoCpuSet current;
  HoCpuSet base; /* what was there before us */
  HoCpuSet next;
  gboolean ours; /* what is there now is from us */
} Allowance;

static gboolean
is_empty (const HoCpuSet *set)
{
  return ho_cpu_set_count (set) == 0;
}

/* The note. */

static char *
get_note_path (void)
{
  return g_build_filename (g_get_user_state_dir (), "handover", "cpu-shield", NULL);
}

static char *
read_boot_id (void)
{
  char *id = NULL;

  if (g_file_get_contents ("/proc/sys/kernel/random/boot_id", &id, NULL, NULL))
    g_strstrip (id);
  return id;
}

/* Returns: (nullable): the note of this boot */
static GKeyFile *
load_note (void)
{
  g_autoptr (GKeyFile) note = g_key_file_new ();
  g_autofree char *path = get_note_path ();
  g_autofree char *now = read_boot_id ();
  g_autofree char *then = NULL;

  if (!g_key_file_load_from_file (note, path, G_KEY_FILE_NONE, NULL))
    return NULL;
  then = g_key_file_get_string (note, "boot", "id", NULL);
  return now != NULL && g_strcmp0 (now, then) == 0 ? g_steal_pointer (&note) : NULL;
}

static gboolean
save_note (const Allowance *allowances, GError **error)
{
  g_autoptr (GKeyFile) note = g_key_file_new ();
  g_autofree char *path = get_note_path ();
  g_autofree char *dir = g_path_get_dirname (path);
  g_autofree char *boot = read_boot_id ();
  g_autofree char *text = NULL;
  g_autoptr (GError) reason = NULL;

  g_key_file_set_string (note, "boot", "id", boot != NULL ? boot : "");
  for (gsize i = 0; i < N_UNITS; i++)
    {
      g_autofree char *was = ho_cpu_set_to_string (&allowances[i].base);
      g_autofree char *set = ho_cpu_set_to_string (&allowances[i].next);

      g_key_file_set_string (note, units[i].name, "was", was);
      g_key_file_set_string (note, units[i].name, "set", set);
      /* What we set earlier is ours until the new set is in force. */
      if (allowances[i].ours)
        {
          g_autofree char *from = ho_cpu_set_to_string (&allowances[i].current);

          g_key_file_set_string (note, units[i].name, "from", from);
        }
    }
  text = g_key_file_to_data (note, NULL, NULL);
  if (g_mkdir_with_parents (dir, 0700) == 0
      && g_file_set_contents_full (path, text, -1,
                                   G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE,
                                   0600, &reason))
    return TRUE;
  g_set_error (error, HO_ERROR, HO_ERROR_FAILED,
               _ ("The host's processors are not set aside: %s cannot be written (%s)."), path,
               reason != NULL ? reason->message : g_strerror (errno));
  return FALSE;
}

static void
remove_note (void)
{
  g_autofree char *path = get_note_path ();

  g_unlink (path);
}

static gboolean
look_up (GKeyFile *note, const char *unit, const char *key, HoCpuSet *set)
{
  g_autofree char *text = note != NULL ? g_key_file_get_string (note, unit, key, NULL) : NULL;

  return ho_cpu_set_parse (set, text);
}

/**
 * ho_cpu_allowance_is_ours:
 *
 * Returns: whether there is a note of processors that were set aside since the machine was booted,
 *   by this or an earlier Handover, and not given back
 */
gboolean
ho_cpu_allowance_is_ours (void)
{
  g_autoptr (GKeyFile) note = load_note ();

  return note != NULL;
}

/* systemd. Its sets are bytes, processor 0 in the lowest bit of the first. */

static void
set_from_bytes (HoCpuSet *set, GVariant *bytes)
{
  gsize n;
  const guint8 *data = g_variant_get_fixed_array (bytes, &n, 1);

  *set = (HoCpuSet){ 0 };
  for (guint cpu = 0; cpu < n * 8 && cpu < HO_CPU_SET_MAX; cpu++)
    {
      if ((data[cpu / 8] >> (cpu % 8) & 1) != 0)
        ho_cpu_set_add (set, cpu);
    }
}

static GVariant *
set_to_bytes (const HoCpuSet *set)
{
  guint8 data[HO_CPU_SET_MAX / 8] = { 0 };
  gsize n = 0;

  for (guint cpu = 0; cpu < HO_CPU_SET_MAX; cpu++)
    {
      if (!ho_cpu_set_has (set, cpu))
        continue;
      data[cpu / 8] |= (guint8) (1u << (cpu % 8));
      n = cpu / 8 + 1;
    }
  return g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, data, n, 1);
}

static gboolean
explain (GError *reason, GError **error)
{
  g_autofree char *remote = g_dbus_error_get_remote_error (reason);
  gboolean denied
      = g_error_matches (reason, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED)
        || g_error_matches (reason, G_DBUS_ERROR, G_DBUS_ERROR_AUTH_FAILED)
        || g_strcmp0 (remote, "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired") == 0;

  g_dbus_error_strip_remote_error (reason);
  if (ho_error_is_silent (reason))
    g_propagate_error (error, g_error_copy (reason));
  else if (denied)
    g_set_error (
        error, HO_ERROR, HO_ERROR_REFUSED,
        _ ("systemd does not let you set processors aside (%s). Agree when you are asked, "
           "allow it for good as handover-settings(5) shows, or switch “shield-cpus” off."),
        reason->message);
  else
    g_set_error (error, HO_ERROR, HO_ERROR_FAILED,
                 _ ("Processors cannot be set aside without systemd (%s). Switch “shield-cpus” "
                    "off."),
                 reason->message);
  return FALSE;
}

static gboolean
read_unit (GDBusConnection *bus, const Unit *unit, HoCpuSet *set, GCancellable *cancellable,
           GError **error)
{
  g_autoptr (GError) reason = NULL;
  g_autoptr (GVariant) reply = g_dbus_connection_call_sync (
      bus, SYSTEMD, unit->path, "org.freedesktop.DBus.Properties", "Get",
      g_variant_new ("(ss)", unit->interface, "AllowedCPUs"), G_VARIANT_TYPE ("(v)"),
      G_DBUS_CALL_FLAGS_NONE, -1, cancellable, &reason);
  g_autoptr (GVariant) bytes = NULL;

  if (reply == NULL)
    return explain (reason, error);
  g_variant_get (reply, "(v)", &bytes);
  if (g_variant_is_of_type (bytes, G_VARIANT_TYPE_BYTESTRING))
    set_from_bytes (set, bytes);
  return TRUE;
}

static gboolean
write_unit (GDBusConnection *bus, const Unit *unit, const HoCpuSet *set, GCancellable *cancellable,
            GError **error)
{
  g_autoptr (GError) reason = NULL;
  g_autoptr (GVariant) reply = NULL;
  GVariantBuilder properties;

  g_variant_builder_init (&properties, G_VARIANT_TYPE ("a(sv)"));
  g_variant_builder_add (&properties, "(sv)", "AllowedCPUs", set_to_bytes (set));
  reply = g_dbus_connection_call_sync (
      bus, SYSTEMD, "/org/freedesktop/systemd1", SYSTEMD ".Manager", "SetUnitProperties",
      g_variant_new ("(sba(sv))", unit->name, TRUE, &properties), NULL,
      G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION, G_MAXINT, cancellable, &reason);
  return reply != NULL || explain (reason, error);
}

/* What is to become of it. */

/**
 * ho_cpu_allowance_plan:
 * @base: what a unit may use without us; empty for all
 * @online: the machine's processors
 * @shield: those that are set aside
 * @next: (out): what the unit may use then
 *
 * Returns: whether that is any processor at all
 */
gboolean
ho_cpu_allowance_plan (const HoCpuSet *base, const HoCpuSet *online, const HoCpuSet *shield,
                       HoCpuSet *next)
{
  *next = is_empty (shield) || !is_empty (base) ? *base : *online;
  ho_cpu_set_remove_all (next, shield);
  return is_empty (shield) || ho_cpu_set_meets (next, online);
}

static gboolean
is_ours (GKeyFile *note, const char *unit, const HoCpuSet *current)
{
  HoCpuSet set;

  return (look_up (note, unit, "set", &set) && ho_cpu_set_equal (&set, current))
         || (look_up (note, unit, "from", &set) && ho_cpu_set_equal (&set, current));
}

static gboolean
read_all (GDBusConnection *bus, Allowance *allowances, GCancellable *cancellable, GError **error)
{
  g_autoptr (GKeyFile) note = load_note ();

  for (gsize i = 0; i < N_UNITS; i++)
    {
      Allowance *allowance = &allowances[i];
      HoCpuSet was;

      if (!read_unit (bus, &units[i], &allowance->current, cancellable, error))
        return FALSE;
      allowance->ours = is_ours (note, units[i].name, &allowance->current)
                        && look_up (note, units[i].name, "was", &was);
      allowance->base = allowance->ours ? was : allowance->current;
    }
  return TRUE;
}

static gboolean
plan_all (Allowance *allowances, const HoCpuSet *shield, GError **error)
{
  g_autoptr (HoHost) host = ho_host_new ("");

  for (gsize i = 0; i < N_UNITS; i++)
    {
      g_autofree char *cpus = NULL;

      if (ho_cpu_allowance_plan (&allowances[i].base, &host->online, shield, &allowances[i].next))
        continue;
      cpus = ho_cpu_set_to_string (shield);
      g_set_error (
          error, HO_ERROR, HO_ERROR_REFUSED,
          _ ("Setting processors %s aside would leave none to the host (%s). Pin the guest "
             "to fewer, or switch “shield-cpus” off."),
          cpus, units[i].name);
      return FALSE;
    }
  return TRUE;
}

static gboolean
write_all (GDBusConnection *bus, Allowance *allowances, GCancellable *cancellable, GError **error)
{
  for (gsize i = 0; i < N_UNITS; i++)
    {
      if (ho_cpu_set_equal (&allowances[i].current, &allowances[i].next))
        continue;
      if (write_unit (bus, &units[i], &allowances[i].next, cancellable, error))
        continue;
      /* All or none. */
      for (gsize j = 0; j < i; j++)
        write_unit (bus, &units[j], &allowances[j].current, NULL, NULL);
      return FALSE;
    }
  return TRUE;
}

/**
 * ho_cpu_allowance_apply:
 * @shield: the processors that the host's own programs must leave; empty to give all back
 * @cancellable: (nullable): gives it up
 * @error: return location for a #GError
 *
 * Returns: whether that is so now; or %FALSE with %HO_ERROR_REFUSED if it would leave the host
 *   without a processor or the user does not allow it, or %HO_ERROR_FAILED without systemd. What
 *   was in force still is then
 */
gboolean
ho_cpu_allowance_apply (const HoCpuSet *shield, GCancellable *cancellable, GError **error)
{
  Allowance allowances[N_UNITS] = { 0 };
  g_autoptr (GError) reason = NULL;
  g_autoptr (GDBusConnection) bus = NULL;
  gboolean was_ours = ho_cpu_allowance_is_ours ();

  if (is_empty (shield) && !was_ours)
    return TRUE;
  if (!g_file_test ("/sys/fs/cgroup/cgroup.controllers", G_FILE_TEST_EXISTS))
    {
      g_set_error_literal (error, HO_ERROR, HO_ERROR_UNSUPPORTED,
                           _ ("Processors can only be set aside with control groups of version 2. "
                              "Switch “shield-cpus” off, or boot without "
                              "systemd.unified_cgroup_hierarchy=0."));
      return FALSE;
    }
  bus = g_bus_get_sync (G_BUS_TYPE_SYSTEM, cancellable, &reason);
  if (bus == NULL)
    return explain (reason, error);
  if (!read_all (bus, allowances, cancellable, error) || !plan_all (allowances, shield, error))
    return FALSE;

  /* The note first: a crash in between leaves one that systemd contradicts, which is ignored. */
  if (!is_empty (shield) && !save_note (allowances, error))
    return FALSE;
  if (!write_all (bus, allowances, cancellable, error))
    {
      if (!is_empty (shield) && !was_ours)
        remove_note ();
      return FALSE;
    }
  if (is_empty (shield))
    remove_note ();
  return TRUE;
}
