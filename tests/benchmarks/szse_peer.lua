-- SZSE Binary for tshark: puts messages together over TCP segments and shows about nine fields of
-- the four messages that matter. Checksums are not verified.
local szse = Proto("szsebin", "SZSE Binary")
local HEADER, CHECKSUM = 8, 4

local fields = {
  kind = ProtoField.uint32("szsebin.type", "MsgType"),
  size = ProtoField.uint32("szsebin.length", "BodyLength"),
  pbu = ProtoField.string("szsebin.pbu", "SubmittingPBUID"),
  security = ProtoField.string("szsebin.security", "SecurityID"),
  time = ProtoField.uint64("szsebin.time", "TransactTime"),
  order = ProtoField.string("szsebin.order", "ClOrdID"),
  account = ProtoField.string("szsebin.account", "AccountID"),
  side = ProtoField.string("szsebin.side", "Side"),
  quantity = ProtoField.int64("szsebin.quantity", "Quantity"),
  price = ProtoField.int64("szsebin.price", "Price"),
}
szse.fields = {
  fields.kind, fields.size, fields.pbu, fields.security, fields.time, fields.order,
  fields.account, fields.side, fields.quantity, fields.price,
}

-- Field, offset in the body, bytes.
local LAYOUTS = {
  [100101] = {
    { fields.pbu, 3, 6 }, { fields.security, 9, 8 }, { fields.time, 25, 8 },
    { fields.order, 41, 10 }, { fields.account, 51, 12 }, { fields.side, 71, 1 },
    { fields.quantity, 73, 8 }, { fields.price, 81, 8 },
  },
  [190007] = {
    { fields.pbu, 3, 6 }, { fields.security, 9, 8 }, { fields.time, 25, 8 },
    { fields.order, 41, 10 }, { fields.side, 61, 1 }, { fields.quantity, 78, 8 },
  },
  [200102] = {
    { fields.pbu, 21, 6 }, { fields.security, 27, 8 }, { fields.time, 43, 8 },
    { fields.order, 75, 10 }, { fields.account, 149, 12 }, { fields.side, 131, 1 },
    { fields.quantity, 133, 8 }, { fields.price, 141, 8 },
  },
  [200115] = {
    { fields.pbu, 21, 6 }, { fields.security, 27, 8 }, { fields.time, 43, 8 },
    { fields.order, 75, 10 }, { fields.account, 136, 12 }, { fields.side, 135, 1 },
    { fields.quantity, 111, 8 }, { fields.price, 103, 8 },
  },
}

local function message_size(tvb, pinfo, offset)
  return HEADER + tvb(offset + 4, 4):uint() + CHECKSUM
end

local function dissect_message(tvb, pinfo, tree)
  local kind = tvb(0, 4)
  local shown = tree:add(szse, tvb())
  shown:add(fields.kind, kind)
  shown:add(fields.size, tvb(4, 4))
  local layout = LAYOUTS[kind:uint()]
  if layout then
    for _, place in ipairs(layout) do
      shown:add(place[1], tvb(HEADER + place[2], place[3]))
    end
  end
  return tvb:len()
end

function szse.dissector(tvb, pinfo, tree)
  dissect_tcp_pdus(tvb, tree, HEADER, message_size, dissect_message)
  return tvb:len()
end

DissectorTable.get("tcp.port"):add(8016, szse)
