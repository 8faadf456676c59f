"""The WeChat public account (公众号): one webhook, from the signed XML body to the passive XML reply.

`protocol`, `messages`, `intake` and `replies` are pure; `ledger` remembers what was answered; `deadline`
makes the deliveries of one message share one answer; `channel` is the thin Rasa input channel that joins
them.
"""
