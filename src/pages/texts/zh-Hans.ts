import type { Texts } from './en.ts'

/** The texts of the pages in simplified Chinese. */
export const zhHans: Texts = {
  brand: 'Passalong',
  slogan: '在任何聊天里转钱。',
  signOut: '退出登录',
  youAre: '你是 {{who}}',

  from: '来自 {{who}}',
  fromYou: '由你发出',
  titleFrom: '{{amount}}，来自 {{who}}',
  titleFromFor: '{{amount}}，{{who}} 转给 {{to}}',
  issuer: '发行方',
  somebody: '某人',
  for: '收款人',
  whoever: '拿到链接的人',
  you: '你',
  timeLeft: '剩余时间',
  until: '截至',
  underAMinute: '不到 1 分钟',
  ended: '结束于',

  'open.status': '等待领取',
  'open.next': '领取',
  'open.text': '无人领取会自动退回给 {{who}}。',
  'open.preview': '打开链接即可领取，截至 {{moment}}。无人领取会自动退回。',
  collect: '领取 {{amount}}',
  collectIn: '在 {{messenger}} 中领取',
  playground: '试玩',
  byTyping: '改为输入命令领取',
  sendToBot: '把这一行发给 {{messengers}} 里的机器人：',
  noMessenger: '目前没有使用 {{asset}} 的聊天软件在运行。等它运行后，把这一行发给它的机器人：',
  qrTitle: '{{amount}} 的二维码',
  qrAlt: '{{amount}} 的二维码：{{link}}',
  qrPhone: '让别人扫一扫，或长按保存图片。',
  qrDesk: '用手机相机扫一扫。',
  qrHere: '它只能在这台电脑上打开。要用手机扫码，请运营者设置 PUBLIC_URL。',
  qrSave: '保存图片',

  'already_yours.status': '已领取',
  'already_yours.next': '已经归你了',
  'already_yours.text': '已在你的余额里，无需再做什么。',
  'already_collected.status': '已被领取',
  'already_collected.next': '有人已经领取了',
  'already_collected.text': '里面已经空了。如果本来是给你的，请让 {{who}} 再发一次。',
  collectedBy: '{{who}} 已领取',
  collectedByText: '已经送达，无需再做什么。',
  'cancelled.status': '已撤回',
  'cancelled.next': '这笔转账已撤回',
  'cancelled.text': '已退回给 {{who}}。如果你在等这笔转账，可以请对方再发一次。',
  'cancelled.own': '已退回给你。',
  'declined.status': '已拒收',
  'declined.next': '这笔转账已被拒收',
  'declined.text': '收款人拒收了，已退回给 {{who}}。',
  'declined.own': '收款人拒收了，已退回给你。',
  'expired.status': '已过期',
  'expired.next': '没有人及时领取',
  'expired.text': '会自动退回给 {{who}}。如果你在等这笔转账，可以请对方再发一次。',
  'expired.own': '会自动退回给你。',
  'returned.text': '已退回给 {{who}}。如果你在等这笔转账，可以请对方再发一次。',
  'returned.own': '已退回给你。',
  'not_for_you.status': '不是给你的',
  'not_for_you.next': '这是给 {{who}} 的',
  'not_for_you.text': '请把链接转给对方。如果那就是你，请先退出登录，再打开链接。',
  'handle_not_told.status': '等待领取',
  'handle_not_told.next': '这是给现在在 {{messenger}} 中使用 {{who}} 的人的',
  'handle_not_told.text': '请在那里领取：用户名会换人，只有 {{messenger}} 知道现在是谁的。',
  'wrong_asset.status': '等待领取',
  'wrong_asset.next': '这个账号不能领取',
  'wrong_asset.text': '你登录的地方不使用 {{asset}}。请在使用它的地方领取。',
  'own_transfer.status': '你自己发出的',
  'own_transfer.next': '转给对方',
  'own_transfer.text': '正在等待{{who}}。分享这个链接，或出示图片：',
  'own_transfer.back': '想撤回，请向机器人发送 /cancel。无人领取会自动退回给你。',

  'refused.signedOut': '你已经退出登录，所以什么也没有发生。',
  'refused.tryAgain': '没有成功，什么也没有发生。请稍等片刻，再按一次按钮。',
  'refused.unknown': '我们无法确认是否成功。请再按一次按钮：最多只会付一次。',

  'unknown.title': '没有这笔转账',
  'unknown.text': '请检查链接，每个字符都不能错。如果仍然不行，请问问把它发给你的人。',
  'missing.title': '页面不存在',
  'missing.text': '地址可能输错了，或者页面已经移走。',
  'ticket.title': '这个登录凭证已用过，或已过期',
  'ticket.text': '什么也没有发生。请回到原来的地方，重新获取一个。',
  'stranger.title': '这个请求来自别的网站',
  'stranger.text': '为了安全，我们什么也没做。请在这里打开页面，再按一次按钮。',
  'wrong.title': '我们看不懂这个请求',
  'wrong.text': '什么也没有发生。请返回再试一次。',
  'busy.title': '我们暂时无法回应',
  'busy.text': '请稍后再试。',
  'failed.title': '我们这边出错了',
  'failed.text': '请稍后再试。如果再次出现，请把这个编号告诉运营者：{{id}}',

  'home.text': '在聊天里输入金额；收款人在任何聊天软件里点一下“领取”就到账。无人领取会自动退回。',
  'home.docs': 'API 文档',

  // The frame of the signed-in pages, and sign-in by a link
  'frame.tabs': '页面',
  'frame.places': '切换到',
  'frame.untitled': '未命名的群组',
  'frame.books': '账本',
  'frame.treasury': '金库',
  'frame.rules': '规则',
  'frame.trail': '操作记录',
  'frame.me': '我的账单',
  'frame.operators': '运营者',
  'pager.label': '列表翻页',
  'pager.newer': '较新',
  'pager.older': '较早',

  // The group's books
  'chart.empty': '这段时间没有转账。',
  'chart.label': '{{first}}至{{last}}发出的 {{asset}}',
  'chart.table': '用表格查看',
  'chart.sent': '发出',
  'chart.collected': '已领取',
  'chart.open': '待领取',
  'chart.returned': '已退回',
  'chart.day': '日期',
  'chart.week': '周',
  'chart.month': '月份',
  'chart.weekOf': '{{day}}起的一周',

  // A transfer's life

  // Statements

  // Rules

  // Trail

  // Treasury

  // Lists and standing payouts

  // Operators
}
