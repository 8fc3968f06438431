import type { Language } from '../shared/language.ts'

/**
 * 1,024 words of each language that made phrases are of: ten bits each. They are out of the word lists of BIP-39 (MIT), of which no word
 * begins with another one, so that they can be told apart also where they are written together; without those that speak of money
 * or secrets, which filters look for, and without those that nobody likes to be sent. Whoever reads a language that has none here
 * gets English ones: they can be typed on any keyboard.
 */
export const PHRASE_WORDS: Readonly<
  { en: readonly string[] } & { [language in Language]?: readonly string[] }
> = {
  en: `
able about above absent absorb absurd access across action actor actual adapt adjust admit adult advice affair afford
again agent agree ahead aisle album alert alien alley allow almost alone alpha also alter always among amount amused
anchor anger angle animal ankle annual answer apart appear apple april arch arctic area arena argue armed armor army
around arrive arrow artist aspect assist assume asthma attend audit august aunt author auto autumn avoid awake aware
away axis baby bacon badge ball bamboo banana banner barely barrel base basic basket beach bean become beef before
begin behind below belt bench best better beyond bike bind bird birth black blade blouse blue blur blush board boat
boil bone book boost border borrow brain brass brave bread breeze brick bridge brief bright bring brisk bronze broom
brown brush buddy build bulb bulk butter buzz cabin cable cactus cake call calm camp canal candy canoe canvas canyon
carbon cargo carpet carry cart case castle casual catch cattle caught cave celery cement census cereal chair chalk
change chaos chat cheese chef cherry chief choice choose churn circle city civil clap claw clay clean clerk clever
cliff climb clinic clip clock close cloth cloud club clump clutch coach coast coffee coil color come comic common cook
cool copper copy coral core corn cotton couple course coyote cradle craft cram crane crater crawl cream creek crew
crisp crop crouch crowd cruise crunch cube curve cute cycle dance daring dash dawn decade decide deer define defy
degree deny depend depth deputy desert design desk detail diary dice diet differ dinner direct dish divide doll domain
donor door double dove draft dragon drama draw dream dress drift drink drive drum duck dune during dust eager eagle
early earth easily east easy echo edge effort eight either elbow elder elite else embark embody empty enable enact
energy engage engine enjoy enough enrich enroll ensure enter entire entry equal equip erase erupt essay estate ethics
evolve exact excess excite excuse exist expand expect extra fabric face faint fall fancy farm father feel fence fetch
field figure film filter final find fine finger finish firm first fish flag flame flash flat flavor flight flip float
flock floor flower fluid flush foam focus fold follow food foot forest forget fork forum fossil found frame fresh
friend fringe frog front frost frozen fruit fuel funny future gadget galaxy game garage garden garlic gate gather
gauge gaze genius genre gentle giant giggle ginger give glad glance glass glide globe gloom glove glow glue goat good
goose gown grace grain grape grass great green grid grit grow guess guide guitar habit hair half hammer hand happy
harbor hard harsh have hawk head health heart heavy height hello helmet help hero hidden high hill hint hire hobby
hockey hold hole hollow home honey hood hope horn horse host hotel hour hover huge human humble humor hungry hurdle
hurry hybrid icon idea ignore image impact inch index indoor inhale inject inner input inside intact into iron island
item ivory jacket jaguar jazz jeans jelly jewel join juice jump junior junk just keen keep kind kite kitten kiwi knee
knock know ladder lake lamp laptop large later latin laugh lava lawn layer lazy leader leaf learn leave left legend
lemon length lens lesson letter level life lift light like limit lion list little live lizard load local logic lonely
long loop lounge love lumber lunar lunch luxury lyrics magic magnet mail main major make mammal manage mango manual
maple marble march margin marine match math matrix matter maze meadow mean meat media melody melt member memory menu
merge merit merry mesh metal method middle milk mimic mind mirror mixed mobile model modify moment monkey month moon
more motion motor mouse move movie much muffin mule muscle museum music mutual myself name napkin narrow nation nature
near neck need nest news next nice night noble noise noodle normal north nose note notice novel nurse object obtain
occur ocean odor office often okay olive omit once onion online only open opera oppose option orange orbit organ
orient other outer output oval oven over oyster ozone paddle page pair palace palm panda panel paper parade park
parrot pass patch path pause pave peace peanut pear pencil pepper person photo piano picnic piece pigeon pilot pink
pipe pitch pizza place planet plate play please pledge pluck plug plunge poet point polar pole pond pony pool potato
powder praise prefer pretty print proud pull pulp pulse pupil puppy purity puzzle quick quit quiz quote rack radar
radio rail rain raise rally ramp ranch range rapid rare rather raven razor ready reason recall recipe record reduce
reform regret relax relief remain remove renew reopen repair rice ride ridge right rigid ring river road roast roof
room rose rough round route rude rule rural safe sail salad salt same sand sauce scale scan scene scout seat seek
sense setup seven shed shell shift shine shoe short shrug side sight silk since sing siren size skate skill skirt slab
sleep slice slide slim small smart smile snack snap sniff snow soap sock soda soft solar solid solve song soon sort
sound soup south space spare spawn speak speed spell spice spike spin split spoil spoon sport spot spray staff stage
stamp stand start state steak steel stem step stick still sting stone stool story stove stuff style such sugar suit
sunny super sure surge swamp swap swarm sweet swift swim swing syrup table tail talk tape task taste taxi teach team
tell tent term test that theme then there they thing this three throw thumb tide tiger tilt time tiny tired title
toast today tone tool tooth topic torch toss total tower town track train tray tree trend trim trip truck true truly
tube tuna turn twice twin twist type under unit until upon upper urban usage used usual vague valve vapor vast venue
verb very view visit vivid vocal voice wagon wait walk wall want warm wash water wave wear west whale what wheat wheel
when where whip wide width wild will wine wing wink wire wise wish wolf wood wool word work world wrap wrist write
yard year zebra zone`
    .trim()
    .split(/\s/),
  'zh-Hans': [
    ...`
一人中大上时来用生作地出对成发年同工下说种面方后多定学所经十三进等度家电力里如水化高二理起小物现实加量两体制机当使点业本去好应开
合因些然前外天四日那社义事形相全表间样关各重新线内数正心明看原比质气第道此变条只结解问意建月公系情者立想已通并提直题程展五果料象
位入常文次品式活设管特件长求老头基边流路级少图山知较将组见计别手角期根论运农指几九区放决西干做必先回则任据处南光门即治北造百规热
七海口东导压志世增济阶油思术极交受联认六证改清美采转风切打白速花带安场身车例真务具万每目至达走积声报完类八离名确才科张马节话米整
空况今集传土许步群广石记需段研界拉林叫且究观越织装影算低持音众书布复容须际验连断深难矿千周素技备半办青省列响约般史感劳便团往酸历
何除消构府称准精号率族维划标写存候亲快效斯查型眼王按格养易置派层片始却专状育厂京识适属圆火住调满县局照参细引听该铁严首底液官德随
苏失尔讲配推显谈艺含企望批营项防球英氧势告落木帮轮破亚师围注远字材排供河态封另施减树溶怎止案言士均固叶鱼波视仅紧爱左章早朝续轻服
试食兵源护司足某练差致板田降黑负范继兴似余坚曲输修故城够送笔船占右财吃富春职觉汉画功巴跟虽杂飞检吸助升互初创考策古径换未跑留钢曾
端责站简述副尽帝草冲承令限阿宣环双请超州良轴找否纪益依优顶础载倒房突坐粉略客袁冷胜绝析块剂测丝协诉念陈仍罗盐友洋苦夜移频逐靠混短
皮终聚汽村云哪既距卫停烈烧迅境若印洲刻括激孔搞甚室待校甲久菜味旧模湖货损预阻毫普稳乙植息扩语挥酒守拿序纸缺雨针刘急唱误训愿审附获
茶鲜粮斤脱硫善龙演渐欢械掌歌刚谓盾讨晚粒燃矛乎宁鲁贵钟煤读班伯香介迫句丰培握兰担弦蛋沉穿执答乐顺烟缩征脸喜松脚困异免背星福染井概
慢怕磁倍祖皇促静补评翻肉践衣宽扬棉希操垂秋宜氢套振架亮末宪庆编牛触映雷销诗座居抓呼娘景绿晶厚盟衡鸡孙延危胶屋乡临陆顾掉呀灯岁措束
耐剧玉赵跳季课凯额绍卷齐伟蒸永苗川岩弱零杨奏沿露杆探滑镇饭浓航怀赶库灵途赛归召鼓播盘裁康唯录纯借盖横符私努堂域润幅哈竟熟虫泽脑壤
碳欧遍侧寨敢彻虑斜薄庭纳饲伸折麦湿暗荷瓦塞床筑户访塔奇透梁刀旋迹卡氯遇份泥退洗摆灰彩耗夏择忙铜献硬予繁圈雪函亦篇阵丁尺追堆雄迎泛
爸楼避谋吨野猪旗累偏典馆索秦脂潮豆忽托惊塑遗愈朱替纤粗倾尚楚谢奋购磨君池旁碎捕割贯殊释词壁顿午闻揭冬桥妇综招吴浮遭徐您摇谷赞箱隔
订吹园纷唐宋玻巨耕坦荣闭键凡驻锅救恩剥碱齿截炼麻纺版缓净睛昌涉筒嘴插岸朗庄街腐啦惯乘伙恢匀纱扎辩耳彪臣亿璃抵脉秀萨俄网舞店喷纵寸`.replace(
      /\s/g,
      '',
    ),
  ],
}
