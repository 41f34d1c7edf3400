-- A bet's first result may be an operator's. Its provider's own result that comes after all is then not paid beside it.

-- +goose Up
ALTER TABLE bet ADD COLUMN decided boolean NOT NULL DEFAULT false;
