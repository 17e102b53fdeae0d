# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""The usual packet of a binary link in C: from its capture record to rows of fields.

Usual is: Ethernet, one VLAN tag or none, IPv4 without options, TCP, the bytes that come next, on a
connection whose protocol and client are known, and in it messages of known types, whole layouts
and right checksums. All else goes packet by packet to `Tap.packet`, before anything has changed.

There is no state here: it is that of the Python objects (`Connection`, `TcpStream`,
`BinaryFramer`), read and written where they keep it. What a packet means is said there.
"""

from collections import deque
from collections.abc import Sequence
from struct import Struct

cimport cython
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.list cimport PyList_GET_SIZE
from cpython.mem cimport PyMem_Free, PyMem_Malloc
from cpython.unicode cimport PyUnicode_DecodeUTF8
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcmp, memcpy, memset

cdef extern from *:
    """
    #include <structmember.h>

    #ifndef KERNEL_SOURCE
    #define KERNEL_SOURCE ""
    #endif

    /* Where instances of a class keep an attribute that its __slots__ name. */
    static Py_ssize_t slot_offset(PyObject *cls, PyObject *name) {
        PyObject *slot = PyObject_GetAttr(cls, name);
        Py_ssize_t offset = -1;
        if (slot == NULL)
            return -1;
        if (Py_TYPE(slot) == &PyMemberDescr_Type)
            offset = ((PyMemberDescrObject *)slot)->d_member->offset;
        else
            PyErr_Format(PyExc_TypeError, "%R has no slot %U", cls, name);
        Py_DECREF(slot);
        return offset;
    }
    static inline PyObject *slot(PyObject *instance, Py_ssize_t offset) {
        PyObject *value = *(PyObject **)((char *)instance + offset);
        if (value == NULL)
            value = Py_None;
        Py_INCREF(value);
        return value;
    }
    static inline void set_slot(PyObject *instance, Py_ssize_t offset, PyObject *value) {
        PyObject **place = (PyObject **)((char *)instance + offset), *before = *place;
        Py_INCREF(value);
        *place = value;
        Py_XDECREF(before);
    }

    static inline uint16_t big16(const uint8_t *at) { return (uint16_t)(at[0] << 8 | at[1]); }
    static inline uint32_t big32(const uint8_t *at) {
        return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
    }
    static inline uint64_t big64(const uint8_t *at) {
        return (uint64_t)big32(at) << 32 | big32(at + 4);
    }
    static inline uint32_t little32(const uint8_t *at) {
        return (uint32_t)at[3] << 24 | (uint32_t)at[2] << 16 | (uint32_t)at[1] << 8 | at[0];
    }

    /* The sum of all bytes modulo 256, in a shape that compilers turn into vectors. */
    static inline uint8_t sum_of(const uint8_t *data, Py_ssize_t size) {
        uint8_t sum = 0;
        for (Py_ssize_t place = 0; place < size; place++)
            sum += data[place];
        return sum;
    }
    """
    const char *KERNEL_SOURCE
    Py_ssize_t slot_offset(object cls, object name) except -1
    object slot(object instance, Py_ssize_t offset)
    void set_slot(object instance, Py_ssize_t offset, object value)
    uint16_t big16(const uint8_t *at) noexcept
    uint32_t big32(const uint8_t *at) noexcept
    uint64_t big64(const uint8_t *at) noexcept
    uint32_t little32(const uint8_t *at) noexcept
    uint8_t sum_of(const uint8_t *data, Py_ssize_t size) noexcept

# What this was compiled from; `kernel` compares it with the source at hand.
SOURCE = KERNEL_SOURCE.decode()

cdef enum:
    ETHERNET = 1
    TCP = 6
    PLAIN_IPV4 = 0x45
    IPV4_TYPE = 0x0800
    VLAN_TYPE = 0x8100
    FRAGMENT = 0x3FFF
    FIN_SYN_RST = 7
    ETHERNET_IPV4_TCP_BYTES = 54
    TAG_BYTES = 4
    FLOW_BYTES = 12
    RECORD_HEADER_BYTES = 16
    NS_PER_SECOND = 1_000_000_000
    CHECKSUM = 4
    # Messages of one packet, and bytes of one with what waited: more is not usual.
    MESSAGES_MAX = 4096
    JOINED_BYTES_MAX = 1 << 16
    FORMS_MAX = 250
    # Of the table by type and length, and of that by addresses; powers of two.
    PLACES = 1024
    FLOWS = 256

# Where the Python classes keep what is read and written here; filled in by `_bind`.
cdef Py_ssize_t NEXT_SEQ, POSITION, END, RECENT
cdef Py_ssize_t SETTLED, IS_DISTURBED, CONN, DIRECTIONS, PROTOCOL, COUNTS
cdef Py_ssize_t CLIENT, FRAMERS, PENDING, IS_IN_STEP
cdef Py_ssize_t RECENT_MAX, RECORD_MAX
cdef int64_t SEQ_HALF = 1 << 31, SEQ_MAX = (1 << 32) - 1
cdef object BinaryMessage, PcapRun
cdef object APPEND = deque.append


cdef int _bind() except -1:
    """The classes that this works on. They import this module, so that it meets them later."""
    global NEXT_SEQ, POSITION, END, RECENT, SETTLED, IS_DISTURBED, CONN, DIRECTIONS, PROTOCOL
    global COUNTS, CLIENT, FRAMERS, PENDING, IS_IN_STEP, RECENT_MAX, RECORD_MAX
    global BinaryMessage, PcapRun
    from capture.wire import pcap_run, tcp_stream
    from capture.wire.binary_layout import BinaryMessage
    from capture.wire.binary_session import BinarySession
    from capture.wire.connection import Connection
    from capture.wire.framing import Framer

    NEXT_SEQ = slot_offset(tcp_stream.TcpStream, "next_seq")
    POSITION = slot_offset(tcp_stream.TcpStream, "position")
    END = slot_offset(tcp_stream.TcpStream, "_end")
    RECENT = slot_offset(tcp_stream.TcpStream, "_recent")
    SETTLED = slot_offset(Connection, "settled")
    IS_DISTURBED = slot_offset(Connection, "is_disturbed")
    CONN = slot_offset(Connection, "conn")
    DIRECTIONS = slot_offset(Connection, "directions")
    PROTOCOL = slot_offset(Connection, "protocol")
    COUNTS = slot_offset(Connection, "counts")
    CLIENT = slot_offset(BinarySession, "client")
    FRAMERS = slot_offset(BinarySession, "_framers")
    PENDING = slot_offset(Framer, "_pending")
    IS_IN_STEP = slot_offset(Framer, "is_in_step")
    RECENT_MAX, RECORD_MAX = tcp_stream.RECENT_BYTES_MAX, pcap_run.RECORD_BYTES_MAX
    PcapRun = pcap_run.PcapRun
    return 0


def named(tuple fields, tuple values):
    """As `field_tables.named_by_python`."""
    if len(fields) != len(values):
        raise ValueError("as many values as fields are needed")
    cdef dict found = {}
    cdef tuple field
    cdef Py_ssize_t place
    for place in range(len(fields)):
        # A Field: offset, name, code, is_text.
        field = <tuple>fields[place]
        found[field[1]] = _text(<bytes?>values[place]) if field[3] else values[place]
    return found


cdef str _text(bytes value):
    cdef const char *start = PyBytes_AS_STRING(value)
    cdef Py_ssize_t size = PyBytes_GET_SIZE(value)
    while size and (start[size - 1] == c" " or start[size - 1] == 0):
        size -= 1
    return PyUnicode_DecodeUTF8(start, size, "replace")


cdef struct Form:
    uint32_t kind
    uint32_t body
    int swaps
    int swaps_end

cdef struct Swap:
    int at
    int width


@cython.final
cdef class Forms:
    """A dialect's usual messages by type and length, and where their numbers stand."""

    cdef list layouts
    cdef list unpack
    cdef Form forms[FORMS_MAX]
    cdef uint8_t places[PLACES]
    cdef Swap *swaps
    cdef Py_ssize_t header
    cdef Py_ssize_t length_at

    def __cinit__(self, dialect):
        cdef Py_ssize_t number
        self.layouts = [layout for layout, _, _, _ in dialect.usual.values()]
        if len(self.layouts) > FORMS_MAX:
            raise ValueError(f"more than {FORMS_MAX} layouts")
        self.unpack = [_of_row(layout).unpack_from for layout in self.layouts]
        self.header, self.length_at = dialect.header.size, dialect.length_at
        memset(self.places, 0, PLACES)
        numbers = sum(len(layout.fields) for layout in self.layouts)
        self.swaps = <Swap *>PyMem_Malloc(max(1, numbers) * sizeof(Swap))
        if self.swaps is NULL:
            raise MemoryError
        numbers = 0
        for number in range(len(self.layouts)):
            numbers = self._add(number, self.layouts[number], numbers)

    def __dealloc__(self):
        PyMem_Free(self.swaps)

    cdef int _add(self, Py_ssize_t number, layout, int swaps) except -1:
        cdef Form *form = &self.forms[number]
        form.kind, form.body, form.swaps = layout.type, layout.size, swaps
        for field in layout.fields:
            width = Struct("=" + field.code).size
            if width > 1 and not field.is_text:
                self.swaps[swaps].at, self.swaps[swaps].width = field.offset, width
                swaps += 1
        form.swaps_end = swaps
        cdef uint32_t place = _place(form.kind, form.body)
        while self.places[place]:
            place = (place + 1) & (PLACES - 1)
        self.places[place] = <uint8_t>(number + 1)
        return swaps

    cdef int at(self, uint32_t kind, uint32_t body) noexcept:
        """The number of a form, or -1."""
        cdef uint32_t place = _place(kind, body)
        cdef int number
        while True:
            number = <int>self.places[place] - 1
            if number < 0 or (self.forms[number].kind == kind and self.forms[number].body == body):
                return number
            place = (place + 1) & (PLACES - 1)

    cdef void write_row(self, int number, const uint8_t *body, uint8_t *row) noexcept:
        """Body and checksum as they stand, then each number in the byte order of this machine."""
        cdef Form *form = &self.forms[number]
        cdef Swap *swap = &self.swaps[form.swaps]
        cdef Swap *end = &self.swaps[form.swaps_end]
        memcpy(row, body, form.body)
        _turn(row + form.body, body + form.body, CHECKSUM)
        while swap < end:
            _turn(row + swap.at, body + swap.at, swap.width)
            swap += 1


cdef inline uint32_t _place(uint32_t kind, uint32_t body) noexcept:
    return (kind * <uint32_t>2654435761 ^ body * <uint32_t>40503) >> 12 & (PLACES - 1)


cdef inline Py_ssize_t _place_of(const uint8_t *flow) noexcept:
    cdef uint32_t mixed = big32(flow) * <uint32_t>2654435761 ^ big32(flow + 4) * <uint32_t>40503
    return (mixed ^ big32(flow + 8) * <uint32_t>2246822519) >> 16 & (FLOWS - 1)


cdef inline void _turn(uint8_t *number, const uint8_t *wire, int width) noexcept:
    cdef uint16_t two
    cdef uint32_t four
    cdef uint64_t eight
    if width == 8:
        eight = big64(wire)
        memcpy(number, &eight, 8)
    elif width == 4:
        four = big32(wire)
        memcpy(number, &four, 4)
    else:
        two = big16(wire)
        memcpy(number, &two, 2)


def _of_row(layout):
    codes = "".join(field.code for field in layout.fields)
    return Struct(f"={codes}I")


@cython.final
@cython.no_gc
@cython.freelist(256)
cdef class Records:
    """As a `tap.Batch` of whole messages, checksums right, every fixed field unpacked.

    `rows` holds their bodies one behind the other, a field where its table says, text as sent and
    numbers in the byte order of this machine; behind each body stands its checksum. `items` is
    the same object: rows become messages when somebody looks at them one by one.
    """

    cdef object _connection
    cdef int _sender
    cdef readonly int64_t at_ns
    cdef readonly object end
    cdef Forms _forms
    cdef bytes _kinds
    cdef readonly bytes rows
    cdef list _messages

    @property
    def conn(self):
        return slot(self._connection, CONN)

    @property
    def direction(self):
        return (<tuple>slot(self._connection, DIRECTIONS))[self._sender]

    @property
    def protocol(self):
        return slot(self._connection, PROTOCOL)

    @property
    def counts(self):
        return slot(self._connection, COUNTS)

    @property
    def items(self):
        return self

    def __len__(self):
        return PyBytes_GET_SIZE(self._kinds)

    def __iter__(self):
        return iter(self._all())

    def __getitem__(self, place):
        return self._all()[place]

    @property
    def layouts(self):
        """The layout of each row."""
        return [self._forms.layouts[kind] for kind in self._kinds]

    cdef list _all(self):
        cdef Py_ssize_t at = 0
        cdef uint8_t kind
        if self._messages is None:
            messages = []
            for kind in self._kinds:
                values = self._forms.unpack[kind](self.rows, at)
                messages.append(BinaryMessage(self._forms.layouts[kind], values))
                at += self._forms.forms[kind].body + CHECKSUM
            self._messages = messages
        return self._messages


Sequence.register(Records)


cdef struct Segment:
    const uint8_t *flow
    uint32_t seq
    uint32_t ack
    uint8_t flags
    const uint8_t *payload
    Py_ssize_t size


cdef bint plain_segment(const uint8_t *data, Py_ssize_t size, Segment *found) noexcept:
    """As `packet.plain_segment`, of an Ethernet frame."""
    cdef Py_ssize_t tag = 0, payload, end
    if size < ETHERNET_IPV4_TCP_BYTES:
        return False
    if big16(data + 12) == VLAN_TYPE:
        tag = TAG_BYTES
        if size < ETHERNET_IPV4_TCP_BYTES + TAG_BYTES:
            return False
    data += tag
    if big16(data + 12) != IPV4_TYPE or data[14] != PLAIN_IPV4 or data[23] != TCP:
        return False
    if big16(data + 20) & FRAGMENT:
        return False
    payload, end = 34 + (data[46] >> 4) * 4, 14 + big16(data + 16)
    if not ETHERNET_IPV4_TCP_BYTES <= payload <= end <= size - tag:
        return False
    found.flow, found.flags = data + 26, data[47]
    found.seq, found.ack = big32(data + 38), big32(data + 42)
    found.payload, found.size = data + payload, end - payload
    return True


cdef enum Verdict:
    UNUSUAL
    NOTHING
    HEARD


cdef class Ear:
    """Listens to the dialects of some classes of sessions."""

    cdef list sessions
    cdef list forms

    def __init__(self, sessions):
        _bind()
        self.sessions = list(sessions)
        self.forms = [Forms(session.dialect) for session in self.sessions]

    def heard(self, tap, runs):
        """As `Tap.heard`: what a listener makes of packets, in their order."""
        return Hearing(self, tap, runs)

    cdef object forms_of(self, session):
        """Those of a session's dialect; None for one that is not decoded here."""
        cdef Py_ssize_t place
        for place in range(PyList_GET_SIZE(self.sessions)):
            if type(session) is self.sessions[place]:
                return self.forms[place]
        return None


@cython.final
cdef class Hearing:
    """Iterates over batches; the tap's packet count and time are right when it has ended."""

    cdef Ear ear
    cdef object tap
    cdef dict halves
    # The Half last found at a place, and its flow. A forgotten connection is never settled.
    cdef list known
    cdef uint8_t flows[FLOWS][FLOW_BYTES]
    # Where packets come from: a run of records in a file, or anything that gives them one by one.
    cdef object runs
    cdef object records
    cdef object packets
    cdef bytes buffer
    cdef Py_ssize_t at
    cdef bint is_little
    cdef int64_t ns_per_unit
    # The packet at hand: `data` is its bytes, `frame` they as an object where there is one.
    cdef int link
    cdef int64_t at_ns
    cdef const uint8_t *data
    cdef Py_ssize_t size
    cdef object frame
    cdef int64_t length
    # Packets that the tap was not told of yet, what it made of the last one, what we did.
    cdef Py_ssize_t untold
    cdef object waiting
    cdef object found
    # The messages of a packet, and its bytes behind those that waited.
    cdef Py_ssize_t count
    cdef Py_ssize_t row_bytes
    cdef uint8_t kinds[MESSAGES_MAX]
    cdef uint8_t *joined

    def __cinit__(self, Ear ear, tap, runs):
        self.ear, self.tap, self.halves = ear, tap, tap._halves
        self.known = [None] * FLOWS
        self.runs, self.packets = iter(runs), iter(())

    def __dealloc__(self):
        PyMem_Free(self.joined)

    def __iter__(self):
        return self

    def __next__(self):
        cdef Verdict verdict
        while True:
            if self.waiting is not None:
                for batch in self.waiting:
                    return batch
                self.waiting = None
            while not (self._given() if self.records is None else self._recorded()):
                if not self._opened():
                    self._tell()
                    raise StopIteration
            verdict = self._usual()
            if verdict == HEARD:
                self.untold += 1
                found, self.found = self.found, None
                return found
            if verdict == NOTHING:
                self.untold += 1
                continue
            self._tell()
            frame = self.frame
            if frame is None:
                frame = PyBytes_FromStringAndSize(<const char *>self.data, self.size)
            self.waiting = iter(self.tap.packet(self.at_ns, self.link, frame, self.length))

    cdef int _tell(self) except -1:
        """What `Tap.packet` notes of each packet."""
        if self.untold:
            self.tap.packets += self.untold
            self.tap._at_ns = self.at_ns
            self.untold = 0
        return 0

    cdef bint _opened(self) except -1:
        """The next run, if there is one."""
        for run in self.runs:
            if type(run) is PcapRun:
                self.records, self.frame = run, None
                self.buffer, self.at, self.link = run.buffer, run.at, run.link
                self.is_little, self.ns_per_unit = run.is_little, run.ns_per_unit
            else:
                self.records, self.packets = None, iter(run)
            return True
        return False

    cdef bint _recorded(self) except -1:
        """The next record of a run; at the last whole one it stops, and says where."""
        cdef const uint8_t *record = <const uint8_t *>PyBytes_AS_STRING(self.buffer) + self.at
        cdef Py_ssize_t left = PyBytes_GET_SIZE(self.buffer) - self.at - RECORD_HEADER_BYTES
        cdef uint32_t captured
        if left >= 0:
            captured = self._number(record + 8)
            if captured <= RECORD_MAX and captured <= left:
                self.at_ns = self._number(record) * <int64_t>NS_PER_SECOND
                self.at_ns += self._number(record + 4) * self.ns_per_unit
                self.data, self.size = record + RECORD_HEADER_BYTES, captured
                self.length = self._number(record + 12)
                self.at += RECORD_HEADER_BYTES + captured
                return True
        self.records.at = self.at
        return False

    cdef inline uint32_t _number(self, const uint8_t *at) noexcept:
        return little32(at) if self.is_little else big32(at)

    cdef bint _given(self) except -1:
        """The next packet of an iterable."""
        for at_ns, link, frame, length in self.packets:
            self.at_ns, self.link, self.length, self.frame = at_ns, link, length, frame
            self.data = <const uint8_t *>PyBytes_AS_STRING(<bytes?>frame)
            self.size = PyBytes_GET_SIZE(<bytes>frame)
            return True
        return False

    cdef Verdict _usual(self) except *:
        """As `Tap.packet` and all that it calls; changes nothing if it says UNUSUAL."""
        cdef Segment segment
        cdef Py_ssize_t place
        cdef Verdict verdict
        if self.link != ETHERNET or not plain_segment(self.data, self.size, &segment):
            return UNUSUAL
        place = _place_of(segment.flow)
        half = self.known[place]
        if half is None or memcmp(self.flows[place], segment.flow, FLOW_BYTES):
            flow = PyBytes_FromStringAndSize(<const char *>segment.flow, FLOW_BYTES)
            half = self.halves.get(flow)
            if half is None:
                return UNUSUAL
            memcpy(self.flows[place], segment.flow, FLOW_BYTES)
            self.known[place] = half
        verdict = self._segment(<tuple>half, &segment)
        if verdict == UNUSUAL:
            # Perhaps there is another connection of that flow by now, or will be.
            self.known[place] = None
        return verdict

    cdef Verdict _segment(self, tuple half, Segment *segment) except *:
        # A Half: connection, sender, stream, other.
        connection, stream, other = half[0], half[2], half[3]
        if <int64_t>segment.ack > <int64_t>slot(other, NEXT_SEQ):
            return UNUSUAL
        if segment.flags & FIN_SYN_RST or slot(connection, IS_DISTURBED) is not False:
            return UNUSUAL
        if <int64_t>slot(stream, NEXT_SEQ) != <int64_t>segment.seq:
            return NOTHING if _is_repeated(stream, other, segment) else UNUSUAL
        session = slot(connection, SETTLED)
        forms = self.ear.forms_of(session)
        if forms is None or slot(session, CLIENT) is None:
            return UNUSUAL
        framer = (<list>slot(session, FRAMERS))[<Py_ssize_t>half[1]]
        if slot(framer, IS_IN_STEP) is not True:
            return UNUSUAL
        return self._framed(half, <Forms>forms, framer, segment) if segment.size else NOTHING

    cdef Verdict _framed(self, tuple half, Forms forms, framer, Segment *segment) except *:
        """As `Framer.receive`; from the first change on nothing can go wrong any more."""
        cdef bytes pending = slot(framer, PENDING)
        cdef Py_ssize_t before = PyBytes_GET_SIZE(pending), size = before + segment.size, at
        cdef const uint8_t *data = segment.payload
        if before:
            if size > JOINED_BYTES_MAX:
                return UNUSUAL
            data = self._joined(pending, segment)
        at = self._walked(forms, data, size)
        if at < 0:
            return UNUSUAL
        rest = PyBytes_FromStringAndSize(<const char *>data + at, size - at)
        records = self._records(half, forms, data) if self.count else None
        position = _taken(half[2], segment)
        set_slot(framer, PENDING, rest)
        if records is None:
            return NOTHING
        (<Records>records).end, self.found = position, records
        return HEARD

    cdef const uint8_t *_joined(self, bytes pending, Segment *segment) except NULL:
        cdef Py_ssize_t before = PyBytes_GET_SIZE(pending)
        if self.joined is NULL:
            self.joined = <uint8_t *>PyMem_Malloc(JOINED_BYTES_MAX)
            if self.joined is NULL:
                raise MemoryError
        memcpy(self.joined, PyBytes_AS_STRING(pending), before)
        memcpy(self.joined + before, segment.payload, segment.size)
        return self.joined

    cdef Py_ssize_t _walked(self, Forms forms, const uint8_t *data, Py_ssize_t size) noexcept:
        """As `BinaryFramer._messages`: what is left begins there, or -1 if one is not usual."""
        cdef Py_ssize_t at = 0, end, overhead = forms.header + CHECKSUM
        cdef int kind
        cdef uint32_t body
        self.count = self.row_bytes = 0
        while size - at >= overhead:
            body = big32(data + at + forms.length_at)
            kind = forms.at(big32(data + at), body)
            if kind < 0 or self.count == MESSAGES_MAX:
                return -1
            end = at + forms.header + body
            if end + CHECKSUM > size:
                break
            if big32(data + end) != sum_of(data + at, end - at):
                return -1
            self.kinds[self.count] = <uint8_t>kind
            self.count += 1
            self.row_bytes += body + CHECKSUM
            at = end + CHECKSUM
        return at

    cdef Records _records(self, tuple half, Forms forms, const uint8_t *data):
        cdef Records records = Records.__new__(Records)
        cdef bytes rows = PyBytes_FromStringAndSize(NULL, self.row_bytes)
        cdef uint8_t *row = <uint8_t *>PyBytes_AS_STRING(rows)
        cdef Py_ssize_t number, size
        for number in range(self.count):
            data += forms.header
            forms.write_row(self.kinds[number], data, row)
            size = forms.forms[self.kinds[number]].body + CHECKSUM
            row += size
            data += size
        records._connection, records._sender, records.at_ns = half[0], half[1], self.at_ns
        records._forms, records.rows = forms, rows
        records._kinds = PyBytes_FromStringAndSize(<const char *>self.kinds, self.count)
        return records


cdef bint _is_repeated(stream, other, Segment *segment) except -1:
    """Whether a segment is one of those last taken, sent or captured again, while neither end has
    said that it is done: it changes nothing."""
    cdef int64_t following = slot(stream, NEXT_SEQ), back = following - segment.seq
    cdef uint32_t unseen = segment.ack - <uint32_t><int64_t>slot(other, NEXT_SEQ)
    # Around their end numbers go on from 0; there the other code may know better.
    if not segment.size <= back < SEQ_HALF or 0 < unseen < SEQ_HALF:
        return False
    if slot(stream, END) is not None or slot(other, END) is not None or following > SEQ_MAX:
        return False
    cdef int64_t start = <int64_t>slot(stream, POSITION) - back
    cdef bytes taken
    for entry in slot(stream, RECENT):
        if <int64_t>(<tuple>entry)[0] == start:
            taken = (<tuple>entry)[1]
            if segment.size != PyBytes_GET_SIZE(taken):
                return False
            return memcmp(PyBytes_AS_STRING(taken), segment.payload, segment.size) == 0
    return False


cdef object _taken(stream, Segment *segment):
    """As `TcpStream.take`; the position behind it."""
    cdef Py_ssize_t size = segment.size, kept = size if size <= RECENT_MAX else RECENT_MAX
    cdef const char *last = <const char *>segment.payload + size - kept
    before = slot(stream, POSITION)
    cdef int64_t position = <int64_t>before + size
    after = position
    start = before if kept == size else position - kept
    APPEND(slot(stream, RECENT), (start, PyBytes_FromStringAndSize(last, kept)))
    set_slot(stream, POSITION, after)
    set_slot(stream, NEXT_SEQ, <uint32_t>(segment.seq + <uint32_t>size))
    return after
