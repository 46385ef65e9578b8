// Owns one sample of each kind of message a person can send a robot; must never be edited to suit a client.

/** The part of a robot message that differs by its kind. */
export type MessageBody = { readonly msgtype: string; readonly [field: string]: unknown }

/** A text message. */
export function textBody(content: string): MessageBody {
  return { msgtype: 'text', text: { content } }
}

/** Samples of the documents (first part) and of the field (second part). */
export const messageFixtures = Object.freeze({
  text: textBody('你好'),
  richText: {
    msgtype: 'richText',
    content: {
      richText: [
        { text: '这个问题示例图如下：' },
        { type: 'picture', pictureDownloadCode: 'pWjA****SjIg', downloadCode: 'mIof****7A==' },
        { text: '请看' },
      ],
    },
  },
  picture: {
    msgtype: 'picture',
    content: { pictureDownloadCode: 'pWjA****ks=', downloadCode: 'mIof****JE0E' },
  },
  audio: {
    msgtype: 'audio',
    content: { duration: 4000, downloadCode: 'mIof****7g==', recognition: '钉钉，让进步发生' },
  },
  video: { msgtype: 'video', content: { duration: '5', videoType: 'mp4', downloadCode: 'mIof****SaqP' } },
  file: {
    msgtype: 'file',
    content: { spaceId: '223***573', fileName: 'foobar.zip', downloadCode: 'LJYY****bw==', fileId: '117***848' },
  },
  unknown: {
    msgtype: 'unknownMsgType',
    ai_robot_sessionid: '',
    content: { unknownMsgType: '用户发送了一条消息，机器人暂不支持接收。' },
  },
  // Sent instead of the words when the month's messages are used up: neither text nor content.
  overQuota: { msgtype: 'text', errorCode: 20_001, errorMessage: '本月消息额度已用完' },

  markdown: { msgtype: 'markdown', content: { text: '**你好**' } },
  interactiveCard: {
    msgtype: 'interactiveCard',
    content: {
      biz_custom_action_url: 'dingtalk://dingtalkclient/page/yunpan?route=previewDentry&type=file&spaceId=1&fileId=2',
    },
  },
  chatRecord: {
    msgtype: 'chatRecord',
    content: { summary: '张三: 你好', chatRecord: '[{"senderNick":"张三","msgType":"text","content":"你好"}]' },
  },
  richTextOfPeople: {
    msgtype: 'richText',
    content: { richText: [{ type: 'at', atName: '小钉', atUserId: 'manager807' }, { content: '看一下' }] },
  },
  quotedText: {
    msgtype: 'text',
    text: {
      content: '继续',
      isReplyMsg: true,
      repliedMsg: {
        msgType: 'text',
        msgId: 'msgQuoted0000000000000==',
        senderId: '$:LWCP_v1:$quoted',
        createdAt: 1_769_851_690_000,
        content: { text: '上一句' },
      },
    },
    originalMsgId: 'msgQuoted0000000000000==',
    originalProcessQueryKey: 'carrier_quoted_1',
  },
  // One official sample has the words here, and no text at all.
  topLevelContent: { msgtype: 'text', content: ' 你好' },
  // Content has been seen as a string that holds JSON.
  contentAsString: { msgtype: 'picture', content: '{"downloadCode":"mIof****JE0E"}' },
} satisfies Record<string, MessageBody>)
