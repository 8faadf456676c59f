"""The WeChat public account (公众号): one webhook, from the signed XML body to the passive XML reply.

`protocol`, `messages`, `intake` and `replies` are pure; `channel` is the Rasa input channel that joins them, over
`bot/services/delivering.py`, which makes the deliveries of one message share one answer. `tokens`, `api` and
`api_errors` are the way out: 客服 messages and the menu. docs/wechat.md says what of WeChat's protocol is handled where.
"""
