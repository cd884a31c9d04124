/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-gpu"

#include "holders.h"

#include <unistd.h>

#include "proc-scan.h"
#include "use-count.h"

#include <glib/gi18n.h>

/* How many names a sentence has room for. */
#define MAX_NAMES 4

G_DEFINE_BOXED_TYPE (HoHolders, ho_holders, ho_holders_ref, ho_holders_unref)

static void
holder_free (gpointer data)
{
  HoHolder *holder = data;

  g_free (holder->command);
  g_ptr_array_unref (holder->nodes);
  g_free (holder);
}

HoHolders *
ho_holders_ref (HoHolders *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
holders_clear (gpointer data)
{
  g_ptr_array_unref (((HoHolders *) data)->list);
}

void
ho_holders_unref (HoHolders *self)
{
  g_atomic_rc_box_release_full (self, holders_clear);
}

static gboolean
is_one_of (const char *command, const char *const *names)
{
  for (; *names != NULL; names++)
    {
      gsize length = strlen (*names);

      if ((*names)[length - 1] == '*' ? strncmp (command, *names, length - 1) == 0
                                      : g_str_equal (command, *names))
        return TRUE;
    }
  return FALSE;
}

/* By name: it only decides what is offered to the user, and whoever calls a program of theirs kwin
 * can close it themselves. */
static HoHolderKind
get_kind (const HoProcUser *user)
{
  static const char *const sound[]
      = { "pulseaudio", "pipewire*", "wireplumber", "jackd", "jackdbus", NULL };
  static const char *const session[] = {
    "Xorg",
    "X",
    "Xwayland",
    "Xorg.bin",
    "kwin*",
    "plasmashell",
    "ksmserver",
    "kded*",
    "startplasma*",
    "gnome-shell",
    "gnome-session*",
    "mutter*",
    "gsd-*",
    "sway",
    "weston*",
    "Hyprland",
    "labwc",
    "wayfire",
    "river",
    "niri",
    "cosmic-comp",
    "cinnamon*",
    "marco",
    "xfwm4",
    "xfce4-panel",
    "xfdesktop",
    "xfce4-session",
    "muffin",
    "enlightenment",
    "lxqt-*",
    "openbox",
    "i3",
    "sddm*",
    "gdm*",
    "lightdm*",
    "systemd*",
    "dbus-*",
    "login",
    NULL,
  };

  if (user->pid == getpid () || g_str_has_prefix (user->command, "handover"))
    return HO_HOLDER_HANDOVER;
  if (is_one_of (user->command, session))
    return HO_HOLDER_SESSION;
  if (user->uid != getuid ())
    return HO_HOLDER_FOREIGN;
  return is_one_of (user->command, sound) ? HO_HOLDER_SOUND : HO_HOLDER_PROGRAM;
}

static HoHolder *
holder_new (const HoProcUser *user)
{
  HoHolder *holder = g_new0 (HoHolder, 1);

  holder->pid = user->pid;
  holder->start_time = user->start_time;
  holder->uid = user->uid;
  holder->command = g_strdup (user->command);
  holder->kind = get_kind (user);
  holder->nodes = g_ptr_array_new_with_free_func (g_free);
  return holder;
}

/* The holder that @user is, with those of its nodes that belong to the card; %NULL: none do. */
static HoHolder *
make_holder (const HoProcUser *user, GPtrArray *nodes, guint n_own)
{
  HoHolder *holder = NULL;

  for (guint i = 0; i < user->hits->len; i++)
    {
      const HoProcHit *hit = &g_array_index (user->hits, HoProcHit, i);
      const HoDeviceNode *node = nodes->pdata[hit->node];

      if (hit->node >= n_own)
        continue;
      if (holder == NULL)
        holder = holder_new (user);
      if (!g_ptr_array_find_with_equal_func (holder->nodes, node->name, g_str_equal, NULL))
        g_ptr_array_add (holder->nodes, g_strdup (node->name));
    }
  return holder;
}

static void
add_nodes (GPtrArray *nodes, const HoPciFunction *function)
{
  for (guint i = 0; i < function->nodes->len; i++)
    g_ptr_array_add (nodes, function->nodes->pdata[i]);
  for (guint i = 0; i < function->gone->len; i++)
    g_ptr_array_add (nodes, function->gone->pdata[i]);
}

/* What the card's functions have comes first, then what others with the same drivers have. */
static GPtrArray *
list_nodes (const HoPciScan *bus, GPtrArray *functions, guint *n_own)
{
  GPtrArray *nodes = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer value;

  for (guint i = 0; i < functions->len; i++)
    add_nodes (nodes, functions->pdata[i]);
  *n_own = nodes->len;
  g_hash_table_iter_init (&iter, bus->functions);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      if (!g_ptr_array_find (functions, value, NULL))
        add_nodes (nodes, value);
    }
  return nodes;
}

/**
 * ho_holders_read:
 * @root: where `sys` and `proc` are: `/`, or a constructed one
 * @bus: a look at the PCI bus for which the slot of @functions was read in full
 * @functions: (element-type HoPciFunction): functions in @bus
 *
 * Finds who uses @functions. Takes time, see ho_proc_scan_read(): for a thread.
 *
 * Returns: (transfer full): their users
 */
HoHolders *
ho_holders_read (const char *root, const HoPciScan *bus, GPtrArray *functions)
{
  HoHolders *self = g_atomic_rc_box_new0 (HoHolders);
  guint n_own;
  g_autoptr (GPtrArray) nodes = list_nodes (bus, functions, &n_own);
  g_autoptr (HoProcScan) processes = NULL;

  self->list = g_ptr_array_new_with_free_func (holder_free);
  if (n_own == 0)
    {
      /* There is no way in, so nobody is inside. */
      self->complete = self->proven = TRUE;
      return self;
    }
  processes = ho_proc_scan_read (root, nodes);
  for (guint i = 0; i < processes->users->len; i++)
    {
      HoHolder *holder = make_holder (processes->users->pdata[i], nodes, n_own);

      if (holder != NULL)
        g_ptr_array_add (self->list, holder);
    }
  self->complete = processes->complete;
  self->unread = processes->unread;
  self->proven
      = self->list->len == 0
        && (self->complete || ho_use_count_is_explained (root, bus, functions, processes, nodes));
  return self;
}

/**
 * ho_holders_equal:
 * @a: (nullable): users at one time
 * @b: (nullable): users at another
 *
 * Returns: whether they are the same as far as a user is told
 */
gboolean
ho_holders_equal (const HoHolders *a, const HoHolders *b)
{
  if (a == NULL || b == NULL)
    return a == b;
  if (a->complete != b->complete || a->list->len != b->list->len)
    return FALSE;
  for (guint i = 0; i < a->list->len; i++)
    {
      const HoHolder *first = a->list->pdata[i], *second = b->list->pdata[i];

      if (first->pid != second->pid || first->start_time != second->start_time
          || !g_str_equal (first->command, second->command))
        return FALSE;
    }
  return TRUE;
}

/* The user's own programs first: those are what they can do something about. */
static int
compare_importance (gconstpointer a, gconstpointer b)
{
  const HoHolder *first = *(HoHolder *const *) a, *second = *(HoHolder *const *) b;

  if (first->kind != second->kind)
    return first->kind < second->kind ? -1 : 1;
  return first->pid - second->pid;
}

/**
 * ho_holders_dup_names:
 * @self: at least one user
 *
 * Returns: (transfer full): “python3 (4711), Blender (5120)”, for a sentence
 */
char *
ho_holders_dup_names (const HoHolders *self)
{
  g_autoptr (GPtrArray) sorted = g_ptr_array_copy (self->list, NULL, NULL);
  g_autoptr (GString) names = g_string_new (NULL);
  guint n = MIN (self->list->len, MAX_NAMES);

  g_ptr_array_set_free_func (sorted, NULL);
  g_ptr_array_sort (sorted, compare_importance);
  for (guint i = 0; i < n; i++)
    {
      const HoHolder *holder = sorted->pdata[i];

      g_string_append_printf (names, "%s%s (%d)", i > 0 ? ", " : "", holder->command,
                              (int) holder->pid);
    }
  if (self->list->len > n)
    g_string_append_printf (names, ngettext (" and %u more", " and %u more", self->list->len - n),
                            self->list->len - n);
  return g_string_free (g_steal_pointer (&names), FALSE);
}
