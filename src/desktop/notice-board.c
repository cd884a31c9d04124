/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-desktop"

#include "notice-board.h"

#include <libnotify/notify.h>

#include <glib/gi18n.h>

/**
 * HoNoticeBoard:
 *
 * Notifications: one for each subject, replaced rather than stacked. libnotify waits for the
 * notification service, up to 25 s for one that hangs, so it is called in a thread of its own, one
 * call at a time; what is put meanwhile waits as the subject's newest notice, and no queue grows.
 *
 * The signal `action` has the subject and the id of the button that the user pressed. The property
 * `has-actions` is whether the service shows buttons; it is %FALSE until that is known.
 */
struct _HoNoticeBoard
{
  GObject parent;

  GThreadPool *pool;
  GHashTable *subjects; /* name → Subject */
  gboolean has_actions;
};

G_DEFINE_FINAL_TYPE (HoNoticeBoard, ho_notice_board, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_HAS_ACTIONS,
  N_PROPS
};

enum
{
  ACTION,
  N_SIGNALS
};

static GParamSpec *props[N_PROPS];
static guint signals[N_SIGNALS];

/* A notification of libnotify's. Only the thread touches it; but the service's signals reach
 * libnotify in the main loop, under which none may end, and it looks for the service whenever one
 * ends. So none does: it is used again. */
typedef struct
{
  NotifyNotification *notification;
  int closed; /* atomic: whether the service took it away */
} Bubble;

/* libnotify makes its connection to the service at the first call, and not for two threads. */
G_LOCK_DEFINE_STATIC (libnotify);
static GSList *spare_bubbles; /* under that lock */

/* A subject and what is shown of it, shared with the thread. */
typedef struct
{
  gatomicrefcount refs;
  char *name;
  GWeakRef board;
  Bubble *shown; /* the thread's own */

  GMutex mutex;
  HoNotice *next; /* to be shown; with @pending and no @next: to be taken down */
  gboolean pending;
} Subject;

static Subject *
subject_ref (Subject *subject)
{
  g_atomic_ref_count_inc (&subject->refs);
  return subject;
}

static void
subject_unref (gpointer data)
{
  Subject *subject = data;

  if (!g_atomic_ref_count_dec (&subject->refs))
    return;
  g_clear_pointer (&subject->next, ho_notice_free);
  g_weak_ref_clear (&subject->board);
  g_mutex_clear (&subject->mutex);
  g_free (subject->name);
  g_free (subject);
}

/**
 * ho_notice_new:
 * @icon: name of an icon
 * @title: (transfer full): what happened
 * @body: (nullable): why, and what to do
 *
 * Returns: (transfer full): a notice without buttons
 */
HoNotice *
ho_notice_new (const char *icon, char *title, const char *body)
{
  HoNotice *notice = g_new0 (HoNotice, 1);

  notice->icon = g_strdup (icon);
  notice->title = title;
  /* Bodies are markup for the service, and names may hold what looks like it. */
  notice->body = body != NULL ? g_markup_escape_text (body, -1) : NULL;
  notice->actions = g_ptr_array_new_with_free_func (g_free);
  return notice;
}

/**
 * ho_notice_add_action:
 * @notice: a notice that is not on a board yet
 * @id: what the signal `action` will say; `default` is a click on the notification itself
 * @label: what the button says
 */
void
ho_notice_add_action (HoNotice *notice, const char *id, const char *label)
{
  g_ptr_array_add (notice->actions, g_strdup (id));
  g_ptr_array_add (notice->actions, g_strdup (label));
}

void
ho_notice_free (HoNotice *notice)
{
  g_free (notice->icon);
  g_free (notice->title);
  g_free (notice->body);
  g_ptr_array_unref (notice->actions);
  g_free (notice);
}

/* In the main loop: libnotify listens there to the service's signals. */
static void
on_action (NotifyNotification *notification, char *id, gpointer user_data)
{
  Subject *subject = user_data;
  g_autoptr (HoNoticeBoard) board = g_weak_ref_get (&subject->board);
  g_autofree char *name = g_strdup (subject->name);

  if (board != NULL)
    g_signal_emit (board, signals[ACTION], 0, name, id);
}

static void
on_closed (NotifyNotification *notification, gpointer user_data)
{
  Bubble *bubble = user_data;

  g_atomic_int_set (&bubble->closed, TRUE);
}

/* In the thread. */

static Bubble *
take_bubble (void)
{
  Bubble *bubble;

  if (spare_bubbles != NULL)
    {
      bubble = spare_bubbles->data;
      spare_bubbles = g_slist_delete_link (spare_bubbles, spare_bubbles);
      return bubble;
    }
  bubble = g_new0 (Bubble, 1);
  bubble->notification = notify_notification_new ("Handover", NULL, NULL);
  g_signal_connect (bubble->notification, "closed", G_CALLBACK (on_closed), bubble);
  notify_notification_set_app_name (bubble->notification, "Handover");
  notify_notification_set_hint (bubble->notification, "desktop-entry",
                                g_variant_new_string ("org.handover.Handover"));
  return bubble;
}

/* Whoever takes it next begins a notification of their own. */
static void
put_bubble_away (Subject *subject)
{
  Bubble *bubble = g_steal_pointer (&subject->shown);

  notify_notification_clear_actions (bubble->notification);
  g_object_set (bubble->notification, "id", 0, NULL);
  spare_bubbles = g_slist_prepend (spare_bubbles, bubble);
}

static void
show (Subject *subject, const HoNotice *notice)
{
  g_autoptr (GError) error = NULL;
  NotifyNotification *shown;

  if (notice->update && (subject->shown == NULL || g_atomic_int_get (&subject->shown->closed)))
    return;
  if (subject->shown == NULL)
    subject->shown = take_bubble ();
  shown = subject->shown->notification;
  notify_notification_update (shown, notice->title, notice->body, notice->icon);
  notify_notification_set_urgency (shown, notice->urgent ? NOTIFY_URGENCY_CRITICAL
                                                         : NOTIFY_URGENCY_NORMAL);
  notify_notification_set_timeout (shown,
                                   notice->lasting ? NOTIFY_EXPIRES_NEVER : NOTIFY_EXPIRES_DEFAULT);
  g_atomic_int_set (&subject->shown->closed, FALSE);
  notify_notification_clear_actions (shown);
  for (guint i = 0; i + 1 < notice->actions->len; i += 2)
    notify_notification_add_action (shown, notice->actions->pdata[i], notice->actions->pdata[i + 1],
                                    on_action, subject_ref (subject), subject_unref);
  if (!notify_notification_show (shown, &error))
    {
      g_message ("“%s” could not be shown: %s", notice->title, error->message);
      /* The service may have been restarted and know nothing of the old one. */
      put_bubble_away (subject);
    }
}

static void
work (gpointer data, gpointer pool_data)
{
  Subject *subject = data;
  g_autoptr (HoNotice) notice = NULL;

  g_mutex_lock (&subject->mutex);
  notice = g_steal_pointer (&subject->next);
  subject->pending = FALSE;
  g_mutex_unlock (&subject->mutex);

  G_LOCK (libnotify);
  if (notice != NULL)
    {
      show (subject, notice);
    }
  else if (subject->shown != NULL)
    {
      notify_notification_close (subject->shown->notification, NULL);
      put_bubble_away (subject);
    }
  G_UNLOCK (libnotify);
  subject_unref (subject);
}

static void
on_capabilities (GObject *object, GAsyncResult *result, gpointer user_data)
{
  HoNoticeBoard *self = HO_NOTICE_BOARD (object);
  gboolean has_actions = g_task_propagate_boolean (G_TASK (result), NULL);

  if (self->has_actions == has_actions)
    return;
  self->has_actions = has_actions;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_HAS_ACTIONS]);
}

static void
ask_capabilities (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GList *capabilities;

  G_LOCK (libnotify);
  capabilities = notify_get_server_caps ();
  G_UNLOCK (libnotify);
  g_task_return_boolean (
      task, g_list_find_custom (capabilities, "actions", (GCompareFunc) g_strcmp0) != NULL);
  g_list_free_full (capabilities, g_free);
}

static void
ho_notice_board_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  HoNoticeBoard *self = HO_NOTICE_BOARD (object);

  switch (id)
    {
    case PROP_HAS_ACTIONS:
      g_value_set_boolean (value, self->has_actions);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
ho_notice_board_finalize (GObject *object)
{
  HoNoticeBoard *self = HO_NOTICE_BOARD (object);

  g_hash_table_unref (self->subjects);
  g_thread_pool_free (self->pool, FALSE, FALSE);

  G_OBJECT_CLASS (ho_notice_board_parent_class)->finalize (object);
}

static void
ho_notice_board_class_init (HoNoticeBoardClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = ho_notice_board_get_property;
  object_class->finalize = ho_notice_board_finalize;

  props[PROP_HAS_ACTIONS]
      = g_param_spec_boolean ("has-actions", NULL, NULL, FALSE,
                              G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, props);

  signals[ACTION] = g_signal_new ("action", HO_TYPE_NOTICE_BOARD, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                  NULL, G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_STRING);
}

static void
ho_notice_board_init (HoNoticeBoard *self)
{
  self->subjects = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, subject_unref);
  self->pool = g_thread_pool_new (work, NULL, 1, FALSE, NULL);
}

/**
 * ho_notice_board_new:
 *
 * Returns: (transfer full): an empty board
 */
HoNoticeBoard *
ho_notice_board_new (void)
{
  HoNoticeBoard *self = g_object_new (HO_TYPE_NOTICE_BOARD, NULL);
  g_autoptr (GTask) task = g_task_new (self, NULL, on_capabilities, NULL);

  notify_init ("Handover");
  g_task_run_in_thread (task, ask_capabilities);
  return self;
}

static void
put (HoNoticeBoard *self, Subject *subject, HoNotice *notice)
{
  gboolean pending;

  g_mutex_lock (&subject->mutex);
  g_clear_pointer (&subject->next, ho_notice_free);
  subject->next = notice;
  pending = subject->pending;
  subject->pending = TRUE;
  g_mutex_unlock (&subject->mutex);
  if (!pending)
    g_thread_pool_push (self->pool, subject_ref (subject), NULL);
}

/**
 * ho_notice_board_put:
 * @self: a board
 * @subject: what it is about; the notice takes the place of an earlier one about the same
 * @notice: (transfer full): what to show
 */
void
ho_notice_board_put (HoNoticeBoard *self, const char *subject, HoNotice *notice)
{
  Subject *entry = g_hash_table_lookup (self->subjects, subject);

  if (entry == NULL)
    {
      entry = g_new0 (Subject, 1);
      g_atomic_ref_count_init (&entry->refs);
      entry->name = g_strdup (subject);
      g_weak_ref_init (&entry->board, self);
      g_mutex_init (&entry->mutex);
      g_hash_table_insert (self->subjects, entry->name, entry);
    }
  put (self, entry, notice);
}

/**
 * ho_notice_board_remove:
 * @self: a board
 * @subject: what is not to be told any more
 */
void
ho_notice_board_remove (HoNoticeBoard *self, const char *subject)
{
  Subject *entry = g_hash_table_lookup (self->subjects, subject);

  if (entry == NULL)
    return;
  put (self, entry, NULL);
  g_hash_table_remove (self->subjects, subject);
}

/**
 * ho_notice_board_has_actions:
 * @self: a board
 *
 * Returns: whether the user can press buttons on notices
 */
gboolean
ho_notice_board_has_actions (HoNoticeBoard *self)
{
  return self->has_actions;
}
