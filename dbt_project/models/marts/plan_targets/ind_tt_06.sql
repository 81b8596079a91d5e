{{ indicator_mart('TT-06', headline='reported') }}
