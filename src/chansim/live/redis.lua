-- The rules of a channel layer, carried out on a Redis server: each call is one script, so nobody comes in between.
-- They are those of chansim/layer, said once more; docs/decisions/031 says why, and what holds the two together.
--
-- What is kept, each name after the layer's prefix:
--   q:QUEUE      a list, what waits in a queue, oldest first
--   body:ID      a hash: a content that several messages share, and how many of them there are
--   waiting      a sorted set: the queues that hold something, by when the first of it expires, or before that
--   group:GROUP  a sorted set: its members on this server, by when they last asked
--   groups       a set: the groups that have members on this server
--   of:CHANNEL   a set: the groups of a channel
--   room         a hash: how many messages a member's queue may hold, where that is not the usual number
--   ears         a hash: who is to be told that something was sent to a queue; "=" before one who always is
--   accepted, full                  hashes: how many messages, of each queue with many readers, and ("") of all
--   accepted@SECOND, full@SECOND    the same within one second of the clock
--
-- A message is its head, 25 bytes and the channel's name, and then its content, or a byte that none begins with and the
-- ID of its body. The head:
--   when it expires (8 bytes), its number (4), its request (4) and that one's draw (8), the name's length (1)
--
-- KEYS[1] is the prefix. ARGV: the command, the time ("": the server's), whether there is a trace ("1"), seconds that a
-- membership lasts, seconds that a message lasts, whether replies share a queue ("1"); then what the command needs.
-- Each answers: the time, the heads of messages that have expired, memberships that have ended (group, channel, when
-- and so on), and its result.

local prefix = KEYS[1]
local command, given, traced = ARGV[1], ARGV[2], ARGV[3] == '1'
local group_expiry, expiry, shared = tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6] == '1'
local call = redis.call
local waiting, ears = prefix .. 'waiting', prefix .. 'ears'
local CHUNK = 4000  -- how many values a command is given at once: Lua's stack holds some 8000
local KEPT = 1000   -- queues that are counted each for itself, as in layer/queues.py
local LINGERS = 3600000  -- milliseconds that Redis keeps, at most, what nobody came to see the end of

local now
if given == '' then
  local time = call('TIME')
  now = tonumber(time[1]) + tonumber(time[2]) / 1000000
else
  now = tonumber(given)
end
local second = string.format('%d', math.floor(now))

local lost, left, rung = {}, {}, {}

local function exact(number)
  return string.format('%.17g', number)
end

local function queue_of(channel)
  return shared and string.match(channel, '^[^!]*!') or channel
end

local function one_reader(queue)
  return string.find(queue, '[!?]') ~= nil
end

local function counted(queue)  -- whether a queue is counted for itself
  return not one_reader(queue) or string.sub(queue, -1) == '!'
end

local function head_of(entry)
  return string.sub(entry, 1, 25 + string.byte(entry, 25))
end

local function channel_of(entry)
  return string.sub(entry, 26, 25 + string.byte(entry, 25))
end

-- contents that are shared: a message to a large group would else be there very often

local SHARED, SHORT = string.char(193), 64  -- 193 begins nothing in MessagePack; what is shorter is not worth it

local function new_body()
  return SHARED .. struct.pack('<d', call('INCR', prefix .. 'bodies'))
end

local function body_of(entry)  -- its key, if it shares one
  local first = 26 + string.byte(entry, 25)
  if string.byte(entry, first) ~= 193 then return nil end
  return prefix .. 'body:' .. string.format('%d', (struct.unpack('<d', entry, first + 1)))
end

local function release(entry)  -- this message is no more
  local key = body_of(entry)
  if key and call('HINCRBY', key, 'left', -1) <= 0 then call('UNLINK', key) end
end

local function whole(entry)  -- the message with its content, which it needs no longer
  local key = body_of(entry)
  if not key then return entry end
  local content = call('HGET', key, 'content')
  release(entry)
  return content and head_of(entry) .. content
end

-- memberships

local function ended(group, channel, moment)
  if traced then
    left[#left + 1] = group
    left[#left + 1] = channel
    left[#left + 1] = exact(moment)
  end
end

local function leave(group, channel, moment)
  local key = prefix .. 'group:' .. group
  local asked = call('ZSCORE', key, channel)
  if not asked then return end
  call('ZREM', key, channel)
  if call('EXISTS', key) == 0 then call('SREM', prefix .. 'groups', group) end
  local of = prefix .. 'of:' .. channel
  call('SREM', of, group)
  if call('EXISTS', of) == 0 then call('HDEL', prefix .. 'room', queue_of(channel)) end
  ended(group, channel, math.min(moment, tonumber(asked) + group_expiry))
end

local function leave_all(channel, moment)  -- what was asked for later than that stays
  for _, group in ipairs(call('SMEMBERS', prefix .. 'of:' .. channel)) do
    local asked = call('ZSCORE', prefix .. 'group:' .. group, channel)
    if not asked then
      call('SREM', prefix .. 'of:' .. channel, group)
    elseif tonumber(asked) <= moment then
      leave(group, channel, moment)
    end
  end
end

local function end_memberships(group)
  local key = prefix .. 'group:' .. group
  for _, channel in ipairs(call('ZRANGEBYSCORE', key, '-inf', exact(now - group_expiry))) do
    leave(group, channel, now)
  end
end

-- queues

local function drop_expired(queue)
  local key = prefix .. 'q:' .. queue
  while true do
    local first = call('LINDEX', key, 0)
    if not first then
      call('ZREM', waiting, queue)
      return
    end
    local expires = struct.unpack('<d', first)
    if expires > now then
      call('ZADD', waiting, exact(expires), queue)
      return
    end
    call('LPOP', key)
    release(first)
    leave_all(channel_of(first), expires)
    if traced then lost[#lost + 1] = head_of(first) end
  end
end

local function drop_all_expired()
  while true do
    local due = call('ZRANGEBYSCORE', waiting, '-inf', exact(now), 'LIMIT', 0, 1000)
    if #due == 0 then return end
    for _, queue in ipairs(due) do drop_expired(queue) end
  end
end

local function count(what, queue, many)
  local total, within = prefix .. what, prefix .. what .. '@' .. second
  call('HINCRBY', total, '', many)
  call('HINCRBY', within, '', many)
  if counted(queue) then
    if call('HINCRBY', total, queue, many) == many and call('HLEN', total) > KEPT + 1 then
      call('HDEL', total, queue)
    else
      call('HINCRBY', within, queue, many)
    end
  end
  call('EXPIRE', within, 60)
end

-- who waits

local function ring(queue, whose, messages)  -- one that always listens is told once, of many that wait one a message
  if not whose then return end
  if string.sub(whose, 1, 1) == '=' then messages = 1 end
  for ear in string.gmatch(whose, '[^= ]+') do
    local queues = rung[ear] or {}
    rung[ear] = queues
    for _ = 1, messages do queues[#queues + 1] = queue end
  end
end

local function tell()
  for ear, queues in pairs(rung) do
    call('PUBLISH', prefix .. 'ear:' .. ear, table.concat(queues, ' '))
  end
end

local function ask(queue, ear)
  local whose = call('HGET', ears, queue)
  if whose and string.sub(whose, 1, 1) == '=' then return end
  if not whose or not string.find(whose, ear, 1, true) then
    call('HSET', ears, queue, whose and (whose .. ' ' .. ear) or ear)
  end
end

local commands = {}

-- queue, capacity, number to content ("" for what is lost on purpose), the channel, whether a refusal counts:
-- 1 where there was room, else 0
function commands.send(queue, capacity, rest, refusal)
  local key = prefix .. 'q:' .. queue
  local there = call('LLEN', key)
  if there >= tonumber(capacity) then
    if refusal == '1' then count('full', queue, 1) end
    return 0
  end
  count('accepted', queue, 1)
  if rest ~= '' then
    local expires = now + expiry
    call('RPUSH', key, struct.pack('<d', expires) .. rest)
    call('PEXPIRE', key, string.format('%d', expiry * 1000 + LINGERS))
    if there == 0 then call('ZADD', waiting, exact(expires), queue) end
    ring(queue, call('HGET', ears, queue), 1)
  end
  return 1
end

local function values(key, fields)  -- HMGET of any number of fields
  local found = {}
  for first = 1, #fields, CHUNK do
    local some = call('HMGET', key, unpack(fields, first, math.min(first + CHUNK - 1, #fields)))
    for place = 1, #some do found[first + place - 1] = some[place] end
  end
  return found
end

local function count_all(what, queues)  -- as count, for {queue: how many}
  local total, within = prefix .. what, prefix .. what .. '@' .. second
  local names, sum = {}, 0
  for queue, many in pairs(queues) do
    sum = sum + many
    if counted(queue) then names[#names + 1] = queue end
  end
  if sum == 0 then return end
  local room = KEPT + 1 - call('HLEN', total)
  call('HINCRBY', total, '', sum)
  call('HINCRBY', within, '', sum)
  local before, kept = values(total, names), {}
  for place, queue in ipairs(names) do
    if before[place] or room > 0 then
      if not before[place] then room = room - 1 end
      kept[#kept + 1] = {queue, before[place] or 0}
    end
  end
  names = {}
  for place, each in ipairs(kept) do names[place] = each[1] end
  local just_now, one, other = values(within, names), {}, {}
  for place, each in ipairs(kept) do
    local queue, many = each[1], queues[each[1]]
    one[2 * place - 1], one[2 * place] = queue, each[2] + many
    other[2 * place - 1], other[2 * place] = queue, (just_now[place] or 0) + many
  end
  for first = 1, #one, CHUNK do
    call('HSET', total, unpack(one, first, math.min(first + CHUNK - 1, #one)))
    call('HSET', within, unpack(other, first, math.min(first + CHUNK - 1, #one)))
  end
  call('EXPIRE', within, 60)
end

-- The places of the channels that share each queue, and the queues in order. Most often many in a row share one.
local function by_queue(channels)
  local find, places, order = string.find, {}, {}
  local last, length, there, many = '', 0, nil, 0  -- the queue of the one before, its places and how many
  for place = 1, #channels do
    local channel = channels[place]
    if length == 0 or find(channel, last, 1, true) ~= 1 then
      last = queue_of(channel)
      length = shared and string.sub(last, -1) == '!' and #last or 0
      there = places[last]
      if not there then
        there = {}
        places[last] = there
        order[#order + 1] = last
      end
      many = #there
    end
    many = many + 1
    there[many] = place
  end
  return places, order
end

local lengths = {}  -- of names, as a byte
for length = 1, 255 do lengths[length] = string.char(length) end

-- Put a message into the queue of each of these channels: how many found room, and, where that is asked for, what became
-- of each.
local function put(channels, capacity, patterns, numbers, tail, content, loss, seed)
  local expires = now + expiry
  local before, lingers = struct.pack('<d', expires), string.format('%d', expiry * 1000 + LINGERS)
  local start, told = before .. '\0\0\0\0' .. tail, traced or loss > 0
  local places, order = by_queue(channels)
  local rooms = patterns == '1' and values(prefix .. 'room', order) or {}
  local whose = call('EXISTS', ears) == 1 and values(ears, order) or {}
  local accepted, full, firsts, outcome, reached, copies = {}, {}, {}, {}, 0, 0
  local body = #channels > 1 and #content > SHORT and new_body()
  local said = body or content
  if loss > 0 then math.randomseed(tonumber(seed)) end
  for at = 1, #order do
    local queue = order[at]
    local here, key, most = places[queue], prefix .. 'q:' .. queue, tonumber(rooms[at] or capacity)
    -- of one member, as most queues have, the copy is put there at once, and taken back where there is no room
    local at_once = #here == 1 and loss == 0
    local taken = at_once and 1 or math.max(math.min(#here, most - call('LLEN', key)), 0)
    local entries = {}
    if not told then
      for n = 1, taken do
        local channel = channels[here[n]]
        entries[n] = start .. lengths[#channel] .. channel .. said
      end
    else
      for n = 1, taken do
        local place = here[n]
        local channel = channels[place]
        if loss > 0 and math.random() < loss then
          outcome[place] = '2'
        else
          outcome[place] = '1'
          if traced then start = before .. string.sub(numbers, 4 * place - 3, 4 * place) .. tail end
          entries[#entries + 1] = start .. lengths[#channel] .. channel .. said
        end
      end
    end
    for first = 1, #entries, CHUNK do
      local last = math.min(first + CHUNK - 1, #entries)
      local length = call('RPUSH', key, unpack(entries, first, last))
      if at_once and length > most then
        call('RPOP', key)
        taken, entries = 0, {}
      elseif first == 1 then
        call('PEXPIRE', key, lingers)
        if length == last then
          firsts[#firsts + 1] = exact(expires)
          firsts[#firsts + 1] = queue
        end
      end
    end
    if taken > 0 then accepted[queue] = taken end
    if taken < #here then
      full[queue] = #here - taken
      if told then
        for n = taken + 1, #here do outcome[here[n]] = '0' end
      end
    end
    reached, copies = reached + taken, copies + #entries
    if #entries > 0 and whose[at] then ring(queue, whose[at], #entries) end
  end
  if body and copies > 0 then
    local key = prefix .. 'body:' .. string.format('%d', (struct.unpack('<d', body, 2)))
    call('HSET', key, 'content', content, 'left', copies)
    call('PEXPIRE', key, lingers)
  end
  for first = 1, #firsts, CHUNK do
    call('ZADD', waiting, unpack(firsts, first, math.min(first + CHUNK - 1, #firsts)))
  end
  count_all('accepted', accepted)
  count_all('full', full)
  return reached, traced and table.concat(outcome) or ''
end

-- How many copies found room; and, where there is a trace, what became of each member's ("1" it is there, "0" full, "2" lost
-- on purpose), and who they are. Where there are too few numbers for all, nothing was sent, and the first is how many.
function commands.send_group(group, capacity, patterns, numbers, tail, content, loss, seed)
  end_memberships(group)
  local members = call('ZRANGE', prefix .. 'group:' .. group, 0, -1)
  if traced and #numbers < 4 * #members then return {#members} end
  local reached, outcome = put(members, capacity, patterns, numbers, tail, content, tonumber(loss), seed)
  return {reached, outcome, traced and table.concat(members, ' ') or ''}
end

-- the ear that is to be told, "" for none, and queues: a message of the first that holds one, the queue and whether
-- there are more; or nothing, and the ear is told when something comes to one of them
function commands.take(ear, ...)
  for _, queue in ipairs({...}) do
    local key = prefix .. 'q:' .. queue
    local entry = call('LPOP', key)
    while entry and struct.unpack('<d', entry) <= now do  -- the clock of who sent it was behind
      release(entry)
      leave_all(channel_of(entry), (struct.unpack('<d', entry)))
      if traced then lost[#lost + 1] = head_of(entry) end
      entry = call('LPOP', key)
    end
    if entry then
      local more = call('EXISTS', key)
      if more == 0 then call('ZREM', waiting, queue) end
      return {whole(entry), queue, more}
    end
  end
  if ear ~= '' then
    for _, queue in ipairs({...}) do ask(queue, ear) end
  end
  return {}
end

-- From now on this ear hears of all that comes to these queues; which of them hold something.
function commands.listen(ear, ...)
  local holding = {}
  for _, queue in ipairs({...}) do
    call('HSET', ears, queue, '=' .. ear)
    if call('EXISTS', prefix .. 'q:' .. queue) == 1 then holding[#holding + 1] = queue end
  end
  return holding
end

-- This ear hears no more of these queues.
function commands.forget(ear, ...)
  for _, queue in ipairs({...}) do
    local whose = call('HGET', ears, queue)
    if whose == '=' .. ear or whose == ear then
      call('HDEL', ears, queue)
    elseif whose and string.sub(whose, 1, 1) ~= '=' then
      local others = {}
      for other in string.gmatch(whose, '[^ ]+') do
        if other ~= ear then others[#others + 1] = other end
      end
      call('HSET', ears, queue, table.concat(others, ' '))
    end
  end
end

-- group, channel, its queue's capacity where that is not the usual, else "": 1 for a new member
function commands.group_add(group, channel, room)
  local key, of = prefix .. 'group:' .. group, prefix .. 'of:' .. channel
  local asked = call('ZSCORE', key, channel)
  if asked and tonumber(asked) + group_expiry <= now then
    leave(group, channel, now)
    asked = false
  end
  local lasts = string.format('%d', group_expiry * 1000 + LINGERS)
  call('ZADD', key, exact(now), channel)
  call('PEXPIRE', key, lasts)
  call('SADD', of, group)
  call('SADD', prefix .. 'groups', group)
  call('PEXPIRE', of, lasts)
  if room ~= '' then call('HSET', prefix .. 'room', queue_of(channel), room) end
  return asked and 0 or 1
end

function commands.group_discard(group, channel)
  leave(group, channel, now)
end

-- members, each with when it last asked
function commands.group_channels(group)
  end_memberships(group)
  return call('ZRANGE', prefix .. 'group:' .. group, 0, -1, 'WITHSCORES')
end

-- What has expired is dropped before every command; here memberships that have ended by themselves are, too.
function commands.sweep()
  for _, group in ipairs(call('SMEMBERS', prefix .. 'groups')) do end_memberships(group) end
end

-- The heads of all that waits.
function commands.heads()
  local heads = {}
  for _, queue in ipairs(call('ZRANGE', waiting, 0, -1)) do
    for _, entry in ipairs(call('LRANGE', prefix .. 'q:' .. queue, 0, -1)) do heads[#heads + 1] = head_of(entry) end
  end
  return heads
end

-- Forget all messages and groups; the heads of the messages, where there is a trace.
function commands.flush()
  commands.sweep()
  local heads = traced and commands.heads() or {}
  for _, queue in ipairs(call('ZRANGE', waiting, 0, -1)) do
    for _, entry in ipairs(call('LRANGE', prefix .. 'q:' .. queue, 0, -1)) do release(entry) end
    call('UNLINK', prefix .. 'q:' .. queue)
  end
  for _, group in ipairs(call('SMEMBERS', prefix .. 'groups')) do
    for _, channel in ipairs(call('ZRANGE', prefix .. 'group:' .. group, 0, -1)) do
      call('UNLINK', prefix .. 'of:' .. channel)
      ended(group, channel, now)
    end
    call('UNLINK', prefix .. 'group:' .. group)
  end
  call('UNLINK', waiting, prefix .. 'groups', prefix .. 'room')
  return heads
end

-- Accepted, full, both within the last second ("" where that is not counted), what waits, the oldest's end.
local function figures(queue, queues)
  local before = string.format('%d', math.floor(now) - 1)
  local told = {'', '', '', ''}
  if queue == '' or counted(queue) then
    for place, key in ipairs({'accepted', 'full', 'accepted@' .. before, 'full@' .. before}) do
      told[place] = call('HGET', prefix .. key, queue) or '0'
    end
  end
  local pending, first = 0, false
  for _, each in ipairs(queues) do
    pending = pending + call('LLEN', prefix .. 'q:' .. each)
    local entry = call('LINDEX', prefix .. 'q:' .. each, 0)
    local expires = entry and struct.unpack('<d', entry)
    if expires and (not first or expires < first) then first = expires end
  end
  told[5], told[6] = tostring(pending), first and exact(first) or ''
  return told
end

function commands.global_statistics()
  return figures('', call('ZRANGE', waiting, 0, -1))
end

function commands.channel_statistics(queue)
  return figures(queue, {queue})
end

drop_all_expired()
local result = commands[command](unpack(ARGV, 7))
tell()
return {exact(now), lost, left, result or {}}
