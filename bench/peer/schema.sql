CREATE TABLE inbox (message_id text PRIMARY KEY);
CREATE TABLE context (case_id text PRIMARY KEY, body jsonb NOT NULL);
CREATE TABLE message (id uuid PRIMARY KEY, message_id text NOT NULL, received_at timestamptz NOT NULL, body bytea COMPRESSION lz4 NOT NULL);
CREATE TABLE event (id uuid PRIMARY KEY, episode_id uuid NOT NULL, body text COMPRESSION lz4 NOT NULL);
CREATE TABLE dispatch (
  id uuid PRIMARY KEY,
  episode_id uuid NOT NULL,
  recipient text NOT NULL,
  kind text NOT NULL,
  content_type text NOT NULL,
  body bytea COMPRESSION lz4 NOT NULL,
  created_at timestamptz NOT NULL
);
CREATE INDEX event_episode ON event (episode_id);
CREATE INDEX dispatch_episode ON dispatch (episode_id);
CREATE INDEX dispatch_recipient ON dispatch (recipient, created_at);
